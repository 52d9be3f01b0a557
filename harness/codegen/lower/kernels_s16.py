"""Kernel choice and parameters of int16 operators: symmetric activations, int8 weights.

TensorFlow Lite sums in int64 and rescales with the upper 16 bits of the multiplier, rounded once
(MultiplyByQuantizedMultiplier of int64_t, kernels/internal/common.cc). The reference reads a bias
of int32 as if it were int64, so such files have no result to be compared with and are refused.
"""

from __future__ import annotations

from dataclasses import asdict
from math import prod

import numpy as np

from harness.codegen.calls import Call, Constant, Params
from harness.codegen.fixed_point import FLOAT_RANGES, activation_range, quantise_multiplier
from harness.codegen.graph import Array, Tensor
from harness.codegen.lut_s16 import exp_table, reciprocal_table
from harness.codegen.operands import Operands, data_of, per_tensor, require, weight_scales
from harness.codegen.window import Window, window_of

_SIZE_MAX = (1 << 16) - 1
_LIMITS = (-(1 << 15), (1 << 15) - 1)
_REDUCED_MAX = 0x7FFF
# MultiplyByQuantizedMultiplier of int64_t takes sums of 48 bits and shifts up to 7
_SUM_BITS = 47
_SHIFT_MAX = 7
_CLAMPS = ("RELU", "RELU6")


def conv(op: Operands) -> Call:
    """CONV_2D."""
    source, weights = op.activation(0), op.constant(1)
    require(len(weights.shape) == 4, "weights without 4 dimensions")
    channels, kernel_h, kernel_w, depth = weights.shape
    window = window_of(source, op.output, op.options, (kernel_h, kernel_w), channels)
    require(depth == window.in_c, f"grouped convolution ({window.in_c} channels in, {depth} each)")
    return _convolution(op, "engine_conv_s16", window, 0)


def depthwise(op: Operands) -> Call:
    """DEPTHWISE_CONV_2D."""
    source, weights = op.activation(0), op.constant(1)
    require(len(weights.shape) == 4 and weights.shape[0] == 1, "weights of a strange shape")
    _, kernel_h, kernel_w, channels = weights.shape
    window = window_of(source, op.output, op.options, (kernel_h, kernel_w), channels)
    require(channels % window.in_c == 0, f"{channels} channels out of {window.in_c}")
    return _convolution(op, "engine_depthwise_s16", window, 3)


def _convolution(op: Operands, kernel: str, window: Window, axis: int) -> Call:
    source, output = op.activation(0), op.output
    data = data_of(op.constant(1))
    scales = weight_scales(op.constant(1), axis, zeros=True)
    every = scales if len(scales) > 1 else scales * window.out_c
    in_scale, out_scale = _scale(source), _scale(output)
    factors = [in_scale * scale / out_scale for scale in every]
    constants = _constants(op, np.moveaxis(data, axis, 0), factors)
    return Call(
        kernel=kernel,
        inputs=(source.index,),
        output=output.index,
        params=Params("engine_window_s16_params", {"window": asdict(window), **_activation(op)}),
        constants=(Constant("weights", data), *constants),
        macs=window.positions * data.size,
        nonzero_macs=window.positions * int(np.count_nonzero(data)),
    )


def fully_connected(op: Operands) -> Call:
    """FULLY_CONNECTED, with one scale for all outputs or one each."""
    source, weights, output = op.activation(0), op.constant(1), op.output
    require(not op.options.shuffled_weights, "shuffled weights")
    require(len(weights.shape) == 2, "weights without 2 dimensions")
    outputs, depth = weights.shape
    require(source.elements % depth == 0, f"{source.elements} inputs for rows of {depth}")
    rows = source.elements // depth
    require(output.elements == rows * outputs, f"output shape {output.shape}")
    require(max(rows, outputs, depth) <= _SIZE_MAX, "a size above 65535")
    in_scale, out_scale = _scale(source), _scale(output)
    scales = weight_scales(weights, 0, zeros=True)
    if len(scales) > 1:
        factors = [in_scale * scale / out_scale for scale in scales]
    else:
        # TFLite multiplies these two in float32, unlike in the per-channel case
        factors = [float(np.float32(in_scale) * np.float32(scales[0])) / out_scale] * outputs
    data = data_of(weights)
    constants = _constants(op, data, factors)
    return Call(
        kernel="engine_fc_s16",
        inputs=(source.index,),
        output=output.index,
        params=Params(
            "engine_fc_s16_params",
            {"rows": rows, "depth": depth, "outputs": outputs, **_activation(op)},
        ),
        constants=(Constant("weights", data), *constants),
        macs=rows * data.size,
        nonzero_macs=rows * int(np.count_nonzero(data)),
    )


def _constants(op: Operands, by_channel: Array, factors: list[float]) -> tuple[Constant, ...]:
    """Bias, multipliers and shifts of every channel."""
    bias = op.bias(2, "int64", len(factors))
    taps = np.abs(by_channel.astype(np.int64)).reshape(len(factors), -1).sum(axis=1)
    worst = max(int(t) * -_LIMITS[0] + abs(int(b)) for t, b in zip(taps, bias, strict=True))
    require(worst < 1 << _SUM_BITS, "an accumulator could exceed 48 bits")
    pairs = [_reduced(factor) for factor in factors]
    return (
        Constant("bias", bias),
        Constant("multipliers", np.array([m for m, _ in pairs], dtype=np.int16)),
        Constant("shifts", np.array([s for _, s in pairs], dtype=np.int8)),
    )


def _reduced(factor: float) -> tuple[int, int]:
    """The upper 16 bits of the multiplier, rounded, and the number of bits to drop."""
    multiplier, shift = quantise_multiplier(factor)
    require(shift <= _SHIFT_MAX, f"a rescaling factor of {factor:g}")
    return min((multiplier + (1 << 15)) >> 16, _REDUCED_MAX), 15 - shift


def _rescale(factor: float) -> tuple[int, int]:
    multiplier, shift = quantise_multiplier(factor)
    require(shift <= 30, f"a rescaling factor of {factor:g}")
    return multiplier, shift


def pool(op: Operands) -> Call:
    """MAX_POOL_2D and AVERAGE_POOL_2D; TFLite wants equal quantisation on both sides."""
    source, output = op.activation(0), op.output
    require(abs(_scale(source) - _scale(output)) <= 1e-6, "a pool that changes the quantisation")
    kernel = "max" if op.operator.kind == "MAX_POOL_2D" else "average"
    require(len(source.shape) == 4, "an input without 4 dimensions")
    size = (op.options.filter_h, op.options.filter_w)
    window = window_of(source, output, op.options, size, source.shape[-1])
    require(size[0] * size[1] <= _SIZE_MAX, "a pool of more than 65535 elements")
    return Call(
        kernel=f"engine_{kernel}_pool_s16",
        inputs=(source.index,),
        output=output.index,
        params=Params("engine_window_s16_params", {"window": asdict(window), **_activation(op)}),
    )


def softmax(op: Operands) -> Call:
    """SOFTMAX over the last axis, with tables of exp(x) and 1 / (1 + x)."""
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    require(len(source.shape) > 0, "a row without dimensions")
    require(abs(_scale(output) * (1 << 15) - 1) < 1e-3, "an output scale other than 1/32768")
    rows, depth = prod(source.shape[:-1]), source.shape[-1]
    require(max(rows, depth) <= _SIZE_MAX, "a size above 65535")
    beta = float(np.float32(op.options.beta))
    require(0 < beta < float("inf"), f"beta {beta}")
    multiplier, shift = quantise_multiplier(_scale(source) * beta / (10.0 / 65535.0))
    require(shift <= 15, "an input scale out of range")
    return Call(
        kernel="engine_softmax_s16",
        inputs=(source.index,),
        output=output.index,
        params=Params(
            "engine_softmax_s16_params",
            {"rows": rows, "depth": depth, "multiplier": multiplier, "shift": shift, "unused": 0},
        ),
        constants=(Constant("exp", exp_table()), Constant("reciprocal", reciprocal_table())),
        in_place=(source.index,),
    )


def add(op: Operands) -> Call:
    """ADD of two tensors of one shape."""
    first, second, output = op.activation(0), op.activation(1), op.output
    require(first.shape == second.shape == output.shape, "broadcast in int16")
    scales = (_scale(first), _scale(second), _scale(output))
    shifted = op.options.pot_scale and all(_is_power_of_two(scale) for scale in scales)
    require(not shifted, "int16 scales that are all powers of two")
    twice_max = 2 * max(scales[:2])
    multiplier1, shift1 = _rescale(scales[0] / twice_max)
    multiplier2, shift2 = _rescale(scales[1] / twice_max)
    out_multiplier, out_shift = _rescale(twice_max / ((1 << 15) * scales[2]))
    require(max(shift1, shift2, out_shift) <= 0, "an output scale too small for the inputs'")
    return Call(
        kernel="engine_add_s16",
        inputs=(first.index, second.index),
        output=output.index,
        params=Params(
            "engine_add_s16_params",
            {
                "count": output.elements,
                "multiplier1": multiplier1,
                "multiplier2": multiplier2,
                "output_multiplier": out_multiplier,
                "shift1": shift1,
                "shift2": shift2,
                "output_shift": out_shift,
                **_activation(op),
                "unused": 0,
            },
        ),
        in_place=(first.index, second.index),
    )


def _is_power_of_two(scale: float) -> bool:
    """As near as TFLite's CheckedLog2 asks."""
    exponent = np.log2(scale)
    return bool(abs(exponent - np.round(exponent)) < 1e-3)


def requantize(op: Operands) -> Call:
    """QUANTIZE from int16 to int16 or int8, and RELU and RELU6 of int16."""
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    to_int8 = output.dtype == "int8"
    scale, zero_point = per_tensor(output) if to_int8 else (_scale(output), 0)
    clamp = op.operator.kind in _CLAMPS
    # an activation divides in float32, QUANTIZE in double
    ratio = float(np.float32(_scale(source)) / np.float32(scale)) if clamp else None
    multiplier, shift = _rescale(_scale(source) / scale if ratio is None else ratio)
    low, high = activation_range(op.operator.kind, scale, 0, _LIMITS) if clamp else _LIMITS
    require(low <= high, "an activation range outside the output's range")
    return Call(
        kernel="engine_requantize_s16_s8" if to_int8 else "engine_requantize_s16",
        inputs=(source.index,),
        output=output.index,
        params=Params(
            "engine_requantize_s16_params",
            {
                "count": output.elements,
                "multiplier": multiplier,
                "shift": shift,
                "output_offset": zero_point,
                "activation_min": low,
                "activation_max": high,
            },
        ),
        in_place=(source.index,),
    )


def quantize(op: Operands) -> Call:
    """QUANTIZE from float32 to int16."""
    return _affine(op, op.output, "engine_quantize_f32_s16", in_place=True)


def dequantize(op: Operands) -> Call:
    """DEQUANTIZE from int16 to float32."""
    return _affine(op, op.activation(0), "engine_dequantize_s16_f32", in_place=False)


def _affine(op: Operands, quantised: Tensor, kernel: str, *, in_place: bool) -> Call:
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    fields = {"count": output.elements, "scale": _scale(quantised), "zero_point": 0}
    return Call(
        kernel=kernel,
        inputs=(source.index,),
        output=output.index,
        params=Params("engine_affine_params", fields),
        in_place=(source.index,) if in_place else (),
    )


def _activation(op: Operands) -> dict[str, int]:
    activation = op.options.activation
    require(activation in FLOAT_RANGES, f"fused activation {activation}")
    low, high = activation_range(activation, _scale(op.output), 0, _LIMITS)
    require(low <= high, "an activation range outside the output's range")
    return {"activation_min": low, "activation_max": high}


def _scale(tensor: Tensor) -> float:
    """The scale of an int16 activation, which is symmetric."""
    q = tensor.quantisation
    require(
        tensor.dtype == "int16" and q is not None and len(q.scales) == 1,
        f"tensor {tensor.index} has no int16 quantisation of one scale",
    )
    assert q is not None
    require(0 < q.scales[0] < float("inf"), f"tensor {tensor.index} has scale {q.scales[0]}")
    require(q.zero_points[0] == 0, f"tensor {tensor.index} is int16 with a zero point")
    return q.scales[0]
