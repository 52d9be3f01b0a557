"""Tables of functions of one int8, by the formulas of TensorFlow Lite's reference kernels."""

from __future__ import annotations

from collections.abc import Callable
from math import erfc, pi, sqrt

import numpy as np

from harness.codegen.fixed_point import (
    FLOAT_MAX,
    INT32_MAX,
    activation_range,
    doubling_high_mul,
    inverse_root,
    quantise_multiplier,
    round_half_away,
    rounding_shift,
)
from harness.codegen.graph import Array
from harness.codegen.operands import Operands, per_tensor, require
from harness.codegen.options import GeluOptions, LeakyReluOptions

# Activations that are operators of their own; the last has no name as a fused one
CLAMPS = ("RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1")
_ROOT_BITS = 20  # by which the reference raises an inverse root
_OUTSIDE = 1 << 16  # above every int8


def function_table(op: Operands) -> Array:
    """Return the operator's outputs (256,) for the inputs -128 to 127."""
    (in_scale, in_zero), (out_scale, out_zero) = per_tensor(op.activation(0)), per_tensor(op.output)
    inputs = range(-128 - in_zero, 128 - in_zero)
    kind = op.operator.kind
    ratio = np.float32(in_scale) / np.float32(out_scale)
    if kind in CLAMPS:
        low, high = activation_range(kind, out_scale, out_zero)
        require(low <= high, "an activation range outside the output's range")
        rescale = _rescaler(float(ratio))
        values = [min(max(rescale(x) + out_zero, low), high) for x in inputs]
    elif kind == "LEAKY_RELU":
        alpha = op.options(LeakyReluOptions).alpha
        slope = float(np.float32(in_scale) * np.float32(alpha) / np.float32(out_scale))
        require(slope >= 0, "a negative slope")
        above, below = _rescaler(float(ratio)), _rescaler(slope)
        values = [(above(x) if x >= 0 else below(x)) + out_zero for x in inputs]
    elif kind == "HARD_SWISH":
        values = [y + out_zero for y in _hard_swish(inputs, in_scale, out_scale)]
    elif kind == "ABS":
        rescale = _rescaler(float(ratio)) if in_scale != out_scale else abs
        values = [rescale(abs(x)) + out_zero for x in inputs]
    elif kind == "RSQRT":
        values = [y + out_zero for y in _inverse_roots(inputs, in_scale, out_scale)]
    elif kind == "SQRT":  # cut off, unlike in the other tables; the operator has no negative inputs
        roots = np.sqrt(np.float32(in_scale) * np.maximum(np.array(inputs, np.float32), 0))
        values = [int(root / np.float32(out_scale)) + out_zero for root in roots]
    else:
        if kind == "LOGISTIC":
            require(out_scale == 1 / 256, "an output scale other than 1/256")
        values = _transformed(_function(op), inputs, in_scale, out_scale, out_zero)
    return np.clip(values, -128, 127).astype(np.int8)


def _rescaler(factor: float) -> Callable[[int], int]:
    """Return MultiplyByQuantizedMultiplier by that factor."""
    require(bool(np.isfinite(factor)), "a rescaling factor beyond float32")
    multiplier, shift = quantise_multiplier(factor)
    require(shift <= 22, f"a rescaling factor of {factor:g}")

    def rescale(x: int) -> int:
        raised = doubling_high_mul(x << max(shift, 0), multiplier)
        return rounding_shift(raised, max(-shift, 0))

    return rescale


def _logistic(x: Array) -> Array:
    exponential = np.exp(-x.astype(np.float64))
    one = np.float32(1)
    result: Array = one / (one + np.minimum(exponential, FLOAT_MAX).astype(np.float32))
    return result


def _tanh(x: Array) -> Array:
    return np.tanh(x.astype(np.float64)).astype(np.float32)


def _elu(x: Array) -> Array:
    return np.where(x < 0, np.expm1(np.minimum(x, 0).astype(np.float64)).astype(np.float32), x)


def _exp(x: Array) -> Array:
    return np.minimum(np.exp(x.astype(np.float64)), FLOAT_MAX).astype(np.float32)


def _log(x: Array) -> Array:
    """The natural logarithm; the least output for inputs that have none."""
    positive = np.where(x > 0, x, 1).astype(np.float64)
    return np.where(x > 0, np.log(positive).astype(np.float32), np.float32(-FLOAT_MAX / 4))


def _gelu(x: Array) -> Array:
    tails = np.array([erfc(float(each) * -sqrt(0.5)) for each in x])
    return (np.float32(0.5) * x * tails.astype(np.float32)).astype(np.float32)


def _gelu_by_tanh(x: Array) -> Array:
    inner = np.float32(sqrt(2 / pi)) * (x + np.float32(0.044715) * x * x * x)
    halves = np.float32(1) + np.tanh(inner.astype(np.float64)).astype(np.float32)
    return np.asarray(np.float32(0.5) * x * halves, dtype=np.float32)


_FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "LOGISTIC": _logistic,
    "TANH": _tanh,
    "ELU": _elu,
    "EXP": _exp,
    "LOG": _log,
}


def _function(op: Operands) -> Callable[[Array], Array]:
    if op.operator.kind == "GELU":
        return _gelu_by_tanh if op.options(GeluOptions).approximate else _gelu
    return _FUNCTIONS[op.operator.kind]


def _inverse_roots(inputs: range, in_scale: float, out_scale: float) -> list[int]:
    """1 / sqrt(x) in fixed point (kernels/elementwise.cc), without the output's zero point.

    Infinite and undefined ones are the greatest output.
    """
    root = float(np.sqrt(np.float32(in_scale)))
    multiplier, shift = quantise_multiplier(1.0 / float(np.float32(root) * np.float32(out_scale)))
    values = []
    for x in inputs:
        if x <= 0:
            values.append(_OUTSIDE)
            continue
        inverse, places = inverse_root(x)
        raised = _scaled(1, inverse, _ROOT_BITS - places)
        values.append(_scaled(raised, multiplier, shift - _ROOT_BITS))
    return values


def _scaled(value: int, multiplier: int, shift: int) -> int:
    """MultiplyByQuantizedMultiplier."""
    raised = value << max(shift, 0)
    require(raised <= INT32_MAX, "a rescaling factor out of range")
    return rounding_shift(doubling_high_mul(raised, multiplier), max(-shift, 0))


def _transformed(
    function: Callable[[Array], Array],
    inputs: range,
    in_scale: float,
    out_scale: float,
    out_zero: int,
) -> list[int]:
    """Return the table of LUTPopulateInt8 (kernels/internal/common.h), float32 throughout."""
    x = np.float32(in_scale) * np.array(inputs, dtype=np.float32)
    inverse = np.float32(1) / np.float32(out_scale)
    with np.errstate(over="ignore"):
        scaled = np.clip(function(x) * inverse, -1024, 1024)
    return [round_half_away(float(y)) + out_zero for y in scaled]


def _hard_swish(inputs: range, in_scale: float, out_scale: float) -> list[int]:
    """Compute reference/hard_swish.h: 16-bit fixed point, without the output's zero point."""
    fine = np.float32(in_scale) * np.float32(1 / 128)
    require(bool(np.isfinite(fine / np.float32(out_scale))), "a rescaling factor beyond float32")
    multiplier, shift = quantise_multiplier(float(fine / np.float32(out_scale)))
    gate_multiplier, gate_shift = quantise_multiplier(float(fine / np.float32(3 / 32768)))
    require(shift <= 0, "an output scale too small for the input's")
    by, gate_by = _to_16_bits(multiplier), _to_16_bits(gate_multiplier)
    values = []
    for x in inputs:
        high = x * 128
        on_output_scale = _high_mul_16(high, by)
        gate = _saturated_16(high << max(gate_shift - 1, 0))
        gate = _high_mul_16(gate, gate_by)
        if gate_shift > 0:
            gate = _saturated_16(gate << 1)
        elif gate_shift < 0:
            gate = rounding_shift(gate, -gate_shift)
        gate = (gate + (1 << 15)) >> 1
        product = gate * on_output_scale
        truncated = abs(product) >> 15
        values.append(rounding_shift(truncated if product >= 0 else -truncated, -shift))
    return values


def _to_16_bits(multiplier: int) -> int:
    """DownScaleInt32ToInt16Multiplier."""
    return min((multiplier + (1 << 15)) >> 16, 32767)


def _saturated_16(value: int) -> int:
    return min(max(value, -32768), 32767)


def _high_mul_16(a: int, b: int) -> int:
    """SaturatingRoundingDoublingHighMul of int16: round(a * b / 2**15), halves up."""
    return _saturated_16((a * b + (1 << 14)) >> 15)
