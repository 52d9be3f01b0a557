from __future__ import annotations

import numpy as np
import pytest
import tflite

from tests.codegen.lower.s16_operators import check_refused
from tests.engine.tflite_builder import TfliteBuilder


def transpose_conv(dtype: str, weights_dtype: str, activation: int = 0) -> bytes:
    b = TfliteBuilder()
    scales = {"scales": [0.1]} if dtype == "int8" else {}
    shape = b.tensor("int32", (4,), data=np.array([1, 4, 4, 2]))
    weights = b.tensor(weights_dtype, (2, 2, 2, 3), scales=[0.1], data=np.ones((2, 2, 2, 3)))
    image, result = b.tensor(dtype, (1, 2, 2, 3), **scales), b.tensor(dtype, (1, 4, 4, 2), **scales)
    options = {"StrideH": 2, "StrideW": 2, "FusedActivationFunction": activation}
    b.operator("TRANSPOSE_CONV", [shape, weights, image], [result], **options)
    b.inputs, b.outputs = [image], [result]
    return b.build()


@pytest.mark.parametrize(
    ("dtype", "weights_dtype"), [("float32", "int8"), ("int8", "float32"), ("int8", "int16")]
)
def test_weights_of_another_type_are_refused(dtype: str, weights_dtype: str) -> None:
    reason = f"TRANSPOSE_CONV: {weights_dtype} weights with {dtype} inputs"
    check_refused(transpose_conv(dtype, weights_dtype), reason)


@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_an_activation_without_a_range_is_refused(dtype: str) -> None:
    tanh = tflite.ActivationFunctionType.TANH
    check_refused(transpose_conv(dtype, dtype, tanh), "TRANSPOSE_CONV: fused activation TANH")
