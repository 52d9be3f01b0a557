from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.codegen import compile_model
from harness.codegen.lut_s16 import exp_table, reciprocal_table
from harness.errors import ModelError
from tests.engine.tflite_builder import TfliteBuilder


def _fully_connected(
    *, bias: tuple[str, Any] = ("int64", [1, 2]), zero: int = 0, out_scale: float = 1e-4
) -> bytes:
    b = TfliteBuilder()
    source = b.tensor("int16", (1, 4), scales=[1e-4], zero_points=[zero])
    result = b.tensor("int16", (1, 2), scales=[out_scale])
    weights = b.tensor("int8", (2, 4), scales=[0.1], data=np.ones((2, 4)))
    values = b.tensor(bias[0], (2,), data=bias[1])
    b.operator("FULLY_CONNECTED", [source, weights, values], [result])
    b.inputs, b.outputs = [source], [result]
    return b.build()


def _unary(kind: str, scales: tuple[float, float], dtype: str = "int16", **options: Any) -> bytes:
    b = TfliteBuilder()
    source = b.tensor("int16", (1, 4), scales=[scales[0]])
    result = b.tensor(dtype, (1, 4), scales=[scales[1]])
    count = 2 if kind == "ADD" else 1
    b.operator(kind, [source] * count, [result], **options)
    b.inputs, b.outputs = [source], [result]
    return b.build()


def test_interface_tells_the_scale_of_int16() -> None:
    model = compile_model(_fully_connected(), "m")
    assert (model.input.dtype, model.input.bytes, model.input.zero_point) == ("int16", 8, 0)
    assert model.input.scale == pytest.approx(1e-4)


def test_tables_go_from_end_to_end() -> None:
    exp, reciprocal = exp_table(), reciprocal_table()
    assert exp.shape == reciprocal.shape == (513,)
    assert (int(exp[0]), int(exp[-1])) == (2, 32767)
    assert (int(reciprocal[0]), int(reciprocal[-1])) == (32767, 16384)
    assert (np.diff(exp.astype(int)) >= 0).all()
    assert (np.diff(reciprocal.astype(int)) <= 0).all()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (_fully_connected(bias=("int32", [1, 2])), "bias of int32"),
        (_fully_connected(bias=("int64", [1 << 47, 2])), "exceed 48 bits"),
        (_fully_connected(zero=3), "int16 with a zero point"),
        (_fully_connected(out_scale=1e-8), "a rescaling factor"),
        (_unary("SOFTMAX", (1e-4, 1e-4), Beta=1.0), "an output scale other than 1/32768"),
        (_unary("SOFTMAX", (100.0, 1 / 32768), Beta=1.0), "an input scale out of range"),
        (_unary("ADD", (0.5, 0.25), PotScaleInt16=True), "powers of two"),
        (_unary("ADD", (0.3, 0.000001)), "an output scale too small"),
        (_unary("RELU_N1_TO_1", (0.3, 0.3)), "no kernel from int16 to int16"),
        (_unary("QUANTIZE", (0.3, 0.3), "int32"), "int32"),
    ],
)
def test_what_has_no_kernel_is_refused_with_its_reason(data: bytes, text: str) -> None:
    with pytest.raises(ModelError, match=text):
        compile_model(data, "m")
