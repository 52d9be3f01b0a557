"""Kernel choice of functions of one element: tables in int8, arithmetic in float32."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.constants import TableConstants
from harness.codegen.fixed_point import (
    FLOAT_MAX,
    activation_range,
    doubling_high_mul,
    float_limits,
    quantise_multiplier,
    round_half_away,
    rounding_shift,
)
from harness.codegen.graph import Array
from harness.codegen.lower.quantise import requantize_s16
from harness.codegen.lower.support import FLOAT32, INT8, INT16, OperatorSupport
from harness.codegen.operands import Operands, per_tensor, require
from harness.codegen.options import LeakyReluOptions
from harness.codegen.structs import LutS8Params, UnaryF32Params

_CLAMPS = {"RELU": "RELU", "RELU6": "RELU6", "RELU_N1_TO_1": "RELU_N1_TO_1"}
_FLOAT_KERNELS = {
    "LEAKY_RELU": "engine_leaky_relu_f32",
    "LOGISTIC": "engine_logistic_f32",
    "TANH": "engine_tanh_f32",
    "HARD_SWISH": "engine_hard_swish_f32",
}


def unary_f32(op: Operands) -> Call:
    """Functions of each element in float32."""
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    low, high = float_limits(_CLAMPS.get(op.operator.kind, "NONE"))
    alpha = op.options(LeakyReluOptions).alpha if op.operator.kind == "LEAKY_RELU" else 0.0
    require(bool(np.isfinite(alpha)), f"slope {alpha}")
    return Call(
        kernel=_FLOAT_KERNELS.get(op.operator.kind, "engine_clamp_each_f32"),
        inputs=(source.index,),
        output=output.index,
        params=UnaryF32Params(
            count=output.elements, alpha=alpha, activation_min=low, activation_max=high
        ),
        in_place=(source.index,),
    )


def unary_s8(op: Operands) -> Call:
    """Functions of each element in int8, as a table of all 256 inputs."""
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    return Call(
        kernel="engine_lut_s8",
        inputs=(source.index,),
        output=output.index,
        params=LutS8Params(count=output.elements),
        constants=TableConstants(table=_table(op)),
        in_place=(source.index,),
    )


def _table(op: Operands) -> Array:
    (in_scale, in_zero), (out_scale, out_zero) = per_tensor(op.activation(0)), per_tensor(op.output)
    inputs = range(-128 - in_zero, 128 - in_zero)
    kind = op.operator.kind
    ratio = np.float32(in_scale) / np.float32(out_scale)
    if kind in _CLAMPS:
        low, high = activation_range(_CLAMPS[kind], out_scale, out_zero)
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
    else:
        if kind == "LOGISTIC":
            require(out_scale == 1 / 256, "an output scale other than 1/256")
        values = _transformed(_FUNCTIONS[kind], inputs, in_scale, out_scale, out_zero)
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


_FUNCTIONS: dict[str, Callable[[Array], Array]] = {"LOGISTIC": _logistic, "TANH": _tanh}


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


_LOWERINGS = {INT8: unary_s8, FLOAT32: unary_f32}
_CLAMPED = {**_LOWERINGS, INT16: requantize_s16}
OPERATORS = (
    OperatorSupport("RELU", "values from 0 up", _CLAMPED, ("lut", "clamp_each", "requantize")),
    OperatorSupport("RELU6", "values from 0 to 6", _CLAMPED, ("lut", "clamp_each", "requantize")),
    OperatorSupport("RELU_N1_TO_1", "values from -1 to 1", _LOWERINGS, ("lut", "clamp_each")),
    OperatorSupport(
        kind="LEAKY_RELU",
        summary="values below 0 times a slope",
        lowerings=_LOWERINGS,
        kernels=("lut", "leaky_relu"),
        restrictions=("no negative slope in int8",),
    ),
    OperatorSupport(
        kind="LOGISTIC",
        summary="1 / (1 + exp(-x))",
        lowerings=_LOWERINGS,
        kernels=("lut", "logistic"),
        restrictions=("output scale 1/256 in int8",),
    ),
    OperatorSupport("TANH", "hyperbolic tangent", _LOWERINGS, ("lut", "tanh")),
    OperatorSupport(
        kind="HARD_SWISH",
        summary="x * clamp(x + 3, 0, 6) / 6",
        lowerings=_LOWERINGS,
        kernels=("lut", "hard_swish"),
        restrictions=("output scale above 1/128 of the input's in int8",),
    ),
)
