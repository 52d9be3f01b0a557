"""Models of one int16 operator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.codegen import compile_model
from harness.errors import ModelError
from tests.engine.tflite_builder import TfliteBuilder


def fully_connected(
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


def unary(kind: str, scales: tuple[float, float], dtype: str = "int16", **options: Any) -> bytes:
    """An operator of one input; ADD gets it twice."""
    b = TfliteBuilder()
    source = b.tensor("int16", (1, 4), scales=[scales[0]])
    result = b.tensor(dtype, (1, 4), scales=[scales[1]])
    count = 2 if kind == "ADD" else 1
    b.operator(kind, [source] * count, [result], **options)
    b.inputs, b.outputs = [source], [result]
    return b.build()


def check_refused(data: bytes, reason: str) -> None:
    """Check that the model is refused for this reason."""
    with pytest.raises(ModelError, match=reason):
        compile_model(data, "m")
