"""int8 DIV over all pairs of numbers. Its only authority is TensorFlow Lite Micro.

That shifts by more than 31 bits where a quotient is far below a step of the output, which C leaves
undefined; there the engine gives the true quotient, 0.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.codegen import compile_model
from harness.errors import ModelError
from harness.workload.authority import TFLM
from harness.workload.reference import run_reference
from tests.engine.device import Device, tensor_at
from tests.engine.tflite_builder import TfliteBuilder

RELU = 1
# scales of operands and output, their zero points, activation
FORMS = [
    ((0.03, 0.05, 0.04), (0, -128, -10), 0),
    ((0.5, 0.01, 0.1), (-3, 7, 4), RELU),  # quotients so great that no shift exceeds 31
]


def pairs(zero: int) -> tuple[np.ndarray, np.ndarray]:
    """All numerators and divisors, the divisor 0 left out."""
    divisors = [value for value in range(-128, 128) if value != zero]
    a, b = np.meshgrid(np.arange(-128, 128), divisors)
    return a.ravel().astype(np.int8), b.ravel().astype(np.int8)


def division(
    scales: tuple[float, ...], zeros: tuple[int, ...], activation: int, divisors: np.ndarray
) -> bytes:
    b = TfliteBuilder()
    shape = (1, len(divisors))
    source, second, result = (
        b.tensor("int8", shape, scales=[scale], zero_points=[zero], data=data)
        for scale, zero, data in zip(scales, zeros, (None, divisors, None), strict=True)
    )
    b.operator("DIV", [source, second], [result], FusedActivationFunction=activation)
    b.inputs, b.outputs = [source], [result]
    return b.build()


@pytest.mark.parametrize(("scales", "zeros", "activation"), FORMS)
def test_quotients_are_rounded_and_clamped(
    scales: tuple[float, ...],
    zeros: tuple[int, ...],
    activation: int,
    engine_objects: list[Path],
    tmp_path: Path,
) -> None:
    x, divisors = pairs(zeros[1])
    data = division(scales, zeros, activation, divisors)
    model = compile_model(data, "div")
    (arena,) = Device.build([model], engine_objects, tmp_path).run([(0, x)])
    got = tensor_at(arena, model, model.graph, model.graph.outputs[0]).ravel()
    real = (x - 1.0 * zeros[0]) * scales[0] / ((divisors - 1.0 * zeros[1]) * scales[1])
    low = zeros[2] if activation == RELU else -128
    steps = np.clip(real / scales[2] + zeros[2], low, 127)
    assert np.abs(got - steps).max() <= 0.5 + 1e-4
    differing = got != run_reference(data, x.reshape(1, -1), TFLM).ravel()
    assert not differing.any() or (np.abs(real[differing] / scales[2]) < 0.5).all()
    assert differing.any() == (scales[0] < 0.5)


def test_a_quotient_by_0_is_the_limit(engine_objects: list[Path], tmp_path: Path) -> None:
    x = np.array([[-5, 3, 100]], np.int8)
    model = compile_model(division((0.1, 0.1, 0.1), (3, 9, 1), 0, np.full(3, 9)), "div")
    (arena,) = Device.build([model], engine_objects, tmp_path).run([(0, x)])
    got = tensor_at(arena, model, model.graph, model.graph.outputs[0])
    assert got.tolist() == [[-128, 1, 127]]


def test_a_constant_numerator_is_refused_in_int8() -> None:
    b = TfliteBuilder()
    q = {"scales": [0.1], "zero_points": [0]}
    source, result = b.tensor("int8", (1, 3), **q), b.tensor("int8", (1, 3), **q)
    b.operator("DIV", [b.tensor("int8", (1,), data=[5], **q), source], [result])
    b.inputs, b.outputs = [source], [result]
    with pytest.raises(ModelError, match="a constant first operand in int8"):
        compile_model(b.build(), "div")
