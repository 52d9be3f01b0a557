"""Layers with a filter whose weights are equal, with scales and biases that converters write."""

from __future__ import annotations

import numpy as np

from tests.engine.tflite_builder import TfliteBuilder

INT32 = np.iinfo(np.int32)
KINDS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV")
# weights of filter 1, its scale, its bias
CASES = {
    "scale 0": (0, 0.0, 77),
    "scale 0, greatest bias": (0, 0.0, INT32.max),
    "tiny scale, least bias": (0, 1e-12, INT32.min),
    "tiny scale, greatest bias": (0, 1e-12, INT32.max),
    "a rounded scale, greatest bias": (0, 1e-8, INT32.max),
    "small weights beside a great bias": (1, 1e-12, 2147480000),
}


def zero_filter_layer(
    kind: str, weight: int, scale: float, bias: int, dtype: str = "int8"
) -> bytes:
    """A layer of four filters, in which filter 1 has equal weights."""
    rng = np.random.default_rng(len(kind))
    shapes = {
        "CONV_2D": ((1, 6, 6, 3), (4, 3, 3, 3), (1, 4, 4, 4)),
        "DEPTHWISE_CONV_2D": ((1, 6, 6, 4), (1, 3, 3, 4), (1, 4, 4, 4)),
        "FULLY_CONNECTED": ((1, 12), (4, 12), (1, 4)),
        "TRANSPOSE_CONV": ((1, 4, 4, 3), (4, 2, 2, 3), (1, 8, 8, 4)),
    }
    into, kernel, out = shapes[kind]
    axis = 3 if kind == "DEPTHWISE_CONV_2D" else 0
    weights = rng.integers(-127, 128, kernel)
    np.moveaxis(weights, axis, 0)[1] = weight
    scales = [0.01, scale, 0.02, 0.03]
    zero = 3 if dtype == "int8" else 0
    b = TfliteBuilder()
    source = b.tensor(dtype, into, scales=[0.02], zero_points=[zero])
    result = b.tensor(dtype, out, scales=[0.1], zero_points=[-zero])
    constants = [
        b.tensor("int8", kernel, scales=scales, axis=axis, data=weights),
        b.tensor(
            "int32" if dtype == "int8" else "int64",
            (4,),
            scales=[0.02 * each for each in scales],
            data=[100, bias, 50, 7],
        ),
    ]
    window = {"Padding": 1, "StrideH": 1, "StrideW": 1}
    options: dict[str, dict[str, int]] = {
        "CONV_2D": window | {"DilationHFactor": 1, "DilationWFactor": 1},
        "DEPTHWISE_CONV_2D": window
        | {"DilationHFactor": 1, "DilationWFactor": 1, "DepthMultiplier": 1},
        "FULLY_CONNECTED": {},
        "TRANSPOSE_CONV": window | {"StrideH": 2, "StrideW": 2},
    }
    inputs = [source, *constants]
    if kind == "TRANSPOSE_CONV":
        inputs = [b.tensor("int32", (4,), data=out), constants[0], source, constants[1]]
    b.inputs, b.outputs = [source], [result]
    b.operator(kind, inputs, [result], **options[kind])
    return b.build()
