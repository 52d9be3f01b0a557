"""One FULLY_CONNECTED layer as a model file: what the stand-in for TFLM runs."""

from __future__ import annotations

import numpy as np

from tests.engine.tflite_builder import TfliteBuilder


def dense(dtype: str = "int8", weight_zero_point: int = 0) -> bytes:
    """FULLY_CONNECTED of 12 inputs and 5 outputs; codegen takes no zero point of weights."""
    random = np.random.default_rng(5)
    scales = dtype == "int8"
    model = TfliteBuilder()
    x = model.tensor(dtype, (1, 12), scales=[0.05] * scales, zero_points=[-3] * scales)
    weights = random.integers(-127, 128, (5, 12)) if scales else random.normal(size=(5, 12))
    w = model.tensor(dtype, (5, 12), scales=[0.011] * scales, data=weights,
                     zero_points=[weight_zero_point] * scales)  # fmt: skip
    bias = model.tensor(
        "int32" if scales else "float32",
        (5,),
        scales=[0.05 * 0.011] * scales,
        data=random.integers(-900, 900, 5),
    )
    y = model.tensor(dtype, (1, 5), scales=[0.09] * scales, zero_points=[7] * scales)
    model.inputs, model.outputs = [x], [y]
    model.operator("FULLY_CONNECTED", [x, w, bias], [y])
    return model.build()
