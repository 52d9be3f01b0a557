"""int8 sums of two tensors, by how far apart their scales are and which is greater."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.codegen import compile_model
from harness.codegen.structs import AddS8Params
from tests.engine.agreement import check_agreement, random_inputs
from tests.engine.tflite_builder import TfliteBuilder

_EXPONENTS = [0, 1, -1, 7, -7, 20, -20, 40, -40]  # of 2


def _added(exponent: int, closely: float, zero: int) -> bytes:
    """The input and a requantised copy of it, whose scale is `closely` * 2^exponent."""
    b = TfliteBuilder()
    scale, shape = 1.0, (1, 4, 4, 32)
    source = copy = b.tensor("int8", shape, scales=[scale], zero_points=[zero])
    while abs(exponent) > 0 or copy == source:
        step = max(-20, min(20, exponent))
        exponent -= step
        scale *= closely * 2.0**step
        closely = 1.0
        following = b.tensor("int8", shape, scales=[scale], zero_points=[-1 - zero])
        b.operator("QUANTIZE", [copy], [following])
        copy = following
    result = b.tensor("int8", shape, scales=[1.3 * max(1.0, scale)], zero_points=[3])
    b.operator("ADD", [source, copy], [result], FusedActivationFunction=0)
    b.inputs, b.outputs = [source], [result]
    return b.build()


def test_sums_of_any_two_scales_agree(engine_objects: list[Path], tmp_path: Path) -> None:
    models = []
    for exponent in _EXPONENTS:
        for closely, zero in ((1.0, 0), (0.9999, -128), (1.37, 100)):
            data = _added(exponent, closely, zero)
            models.append((f"2^{exponent} * {closely}", data, random_inputs(data, 3, seed=2)))
    check_agreement(models, engine_objects, tmp_path)


@pytest.mark.parametrize(("exponent", "order"), [(1, [1, 0]), (-1, [0, 1])])
def test_the_greater_scale_comes_first(exponent: int, order: list[int]) -> None:
    call = compile_model(_added(exponent, 1.0, 0), "sum").calls[-1]
    assert [call.inputs.index(tensor) for tensor in (0, 1)] == order
    assert isinstance(call.params, AddS8Params)
    assert (call.params.multiplier, call.params.shift) == (1 << 30, -1)
