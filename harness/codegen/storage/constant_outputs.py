"""Outputs of filters whose sums are known before the model runs."""

from __future__ import annotations

import numpy as np

from harness.codegen.fixed_point import (
    FLOAT_RANGES,
    activation_range,
    doubling_high_mul,
    quantise_multiplier,
    rounding_shift,
)
from harness.codegen.graph import Array
from harness.codegen.operands import Operands, per_tensor, weight_scales
from harness.codegen.options import FusedOptions


def rescaling(op: Operands) -> Array:
    """Return (multiplier, shift) of an int8 layer's outputs, one row or one for each filter."""
    axis = 3 if op.operator.kind == "DEPTHWISE_CONV_2D" else 0
    scales = weight_scales(op.constant(1), axis, zeros=True)
    in_scale, out_scale = per_tensor(op.activation(0))[0], per_tensor(op.output)[0]
    if len(scales) == 1 and op.operator.kind == "FULLY_CONNECTED":
        # TFLite multiplies the first two scales in float32, unlike in the per-channel case
        factors = [float(np.float32(in_scale) * np.float32(scales[0])) / out_scale]
    else:
        factors = [in_scale * scale / out_scale for scale in scales]
    return np.array([quantise_multiplier(factor) for factor in factors], dtype=np.int64)


def constant_outputs(op: Operands, sums: Array) -> Array:
    """Return outputs (filters,) in the layer's dtype for its sums, biases included."""
    if op.output.dtype == "float32":
        return _clipped(op, sums)
    out_scale, out_zero = per_tensor(op.output)
    low, high = activation_range(op.options(FusedOptions).activation, out_scale, out_zero)
    pairs = np.broadcast_to(rescaling(op), (len(sums), 2)).tolist()
    outputs = [
        min(max(_requantised(int(value), m, s) + out_zero, low), high)
        for value, (m, s) in zip(sums.tolist(), pairs, strict=True)
    ]
    return np.array(outputs, dtype=np.int8)


def _clipped(op: Operands, sums: Array) -> Array:
    low, high = FLOAT_RANGES[op.options(FusedOptions).activation]
    limits = np.array(
        [-np.inf if low is None else low, np.inf if high is None else high], dtype=np.float32
    )
    clipped: Array = np.clip(sums.astype(np.float32), *limits)
    return clipped


def _requantised(acc: int, multiplier: int, shift: int) -> int:
    """Compute engine_requantize(): a left shift drops the bits beyond 32."""
    if shift > 0:
        wrapped = ((acc << shift) + (1 << 31)) % (1 << 32) - (1 << 31)
        return doubling_high_mul(wrapped, multiplier)
    return rounding_shift(doubling_high_mul(acc, multiplier), -shift)
