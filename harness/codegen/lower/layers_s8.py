"""Kernel choice and parameters of int8 layers that have weights."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from harness.codegen.calls import Call, Constant, Params
from harness.codegen.graph import Array, Tensor
from harness.codegen.lower.kernels_s8 import SIZE_MAX, int8_activation, rescale
from harness.codegen.operands import (
    Operands,
    check_accumulator,
    data_of,
    per_tensor,
    require,
    weight_scales,
)
from harness.codegen.storage.blocked import blocked
from harness.codegen.window import Window, joined, stored_runs, window_of

# Limits of engine_depthwise_3x3_s8
_COLUMNS_MAX = 256
_PITCH_MAX = 340


def conv(op: Operands) -> Call:
    """CONV_2D. A 1x1 convolution is a fully connected layer over all pixels."""
    source, weights = op.activation(0), op.constant(1)
    require(len(weights.shape) == 4, "weights without 4 dimensions")
    channels, kernel_h, kernel_w, depth = weights.shape
    window = window_of(source, op.output, op.options, (kernel_h, kernel_w), channels)
    require(depth == window.in_c, f"grouped convolution ({window.in_c} channels in, {depth} each)")
    filters = data_of(weights)
    bias = op.bias(2, "int32", channels)
    scales = weight_scales(weights, 0)
    if window.pointwise and window.positions <= SIZE_MAX:
        scaling = _channel_rescale(source, op.output, scales, channels)
        return _fully_connected(
            op, "engine_fc_per_channel_s8", filters.reshape(channels, depth), bias, scaling
        )
    stored = blocked(filters.reshape(channels, *stored_runs(asdict(window))))
    kernel = "engine_conv_joined_s8" if joined(asdict(window)) else "engine_conv_s8"
    return _convolution(op, kernel, window, stored, filters, bias, scales, fold=True)


def depthwise(op: Operands) -> Call:
    """DEPTHWISE_CONV_2D."""
    source, weights = op.activation(0), op.constant(1)
    require(len(weights.shape) == 4 and weights.shape[0] == 1, "weights of a strange shape")
    _, kernel_h, kernel_w, channels = weights.shape
    window = window_of(source, op.output, op.options, (kernel_h, kernel_w), channels)
    require(channels % window.in_c == 0, f"{channels} channels out of {window.in_c}")
    filters = data_of(weights)
    by_channel = np.moveaxis(filters, 3, 0)
    bias = op.bias(2, "int32", channels)
    scales = weight_scales(weights, 3)
    # depthwise skips taps outside the input: what they add to a folded bias would differ
    return _convolution(
        op,
        "engine_depthwise_3x3_s8" if _fits_3x3(window) else "engine_depthwise_s8",
        window,
        filters,
        by_channel,
        bias,
        scales,
        fold=not window.padded,
    )


def _fits_3x3(window: Window) -> bool:
    return (
        (window.kernel_h, window.kernel_w) == (3, 3)
        and (window.dilation_h, window.dilation_w) == (1, 1)
        and window.out_c == window.in_c
        and window.stride_w <= 2
        and window.out_w <= _COLUMNS_MAX
        and window.stride_w * (window.out_w + window.out_w % 2) + 2 <= _PITCH_MAX
    )


def _convolution(
    op: Operands,
    kernel: str,
    window: Window,
    stored: Array,
    by_channel: Array,
    bias: Array,
    scales: tuple[float, ...],
    *,
    fold: bool,
) -> Call:
    source, output = op.activation(0), op.output
    _, in_zero = per_tensor(source)
    folded = _fold(by_channel, bias, -in_zero) if fold else bias
    check_accumulator(by_channel, _with_margin(folded), 128 if fold else 255)
    return Call(
        kernel=kernel,
        inputs=(source.index,),
        output=output.index,
        params=Params(
            "engine_conv_s8_params",
            {
                "window": asdict(window),
                "input_offset": -in_zero if window.padded else 0,
                "output_offset": per_tensor(output)[1],
                **int8_activation(op),
                "packed": 0,
                "unused": 0,
            },
        ),
        constants=(
            Constant("weights", stored),
            Constant("bias", folded),
            *_channel_rescale(source, output, scales, window.out_c),
        ),
        macs=window.positions * by_channel.size,
        nonzero_macs=window.positions * int(np.count_nonzero(by_channel)),
    )


def _with_margin(bias: Array) -> Array:
    """Kernels add the zero point before the last halving: what the sums must leave room for."""
    return np.abs(bias.astype(np.int64)) + 512


def fully_connected(op: Operands) -> Call:
    """FULLY_CONNECTED, with one scale for all outputs or one each."""
    source, weights, output = op.activation(0), op.constant(1), op.output
    require(not op.options.shuffled_weights, "shuffled weights")
    require(len(weights.shape) == 2, "weights without 2 dimensions")
    outputs, depth = weights.shape
    require(source.elements % depth == 0, f"{source.elements} inputs for rows of {depth}")
    scales = weight_scales(weights, 0)
    bias = op.bias(2, "int32", outputs)
    scaling: tuple[Constant, ...] = ()
    kernel = "engine_fc_s8"
    if len(scales) > 1:
        scaling = _channel_rescale(source, output, scales, outputs)
        kernel = "engine_fc_per_channel_s8"
    return _fully_connected(op, kernel, data_of(weights), bias, scaling)


def _fully_connected(
    op: Operands, kernel: str, weights: Array, bias: Array, scaling: tuple[Constant, ...]
) -> Call:
    source, output = op.activation(0), op.output
    in_scale, in_zero = per_tensor(source)
    out_scale, out_zero = per_tensor(output)
    outputs, depth = weights.shape
    rows = source.elements // depth
    require(output.elements == rows * outputs, f"output shape {output.shape}")
    require(max(rows, outputs, depth) <= SIZE_MAX, "a size above 65535")
    multiplier, shift = 0, 0
    if not scaling:
        filter_scale = weight_scales(op.constant(1), 0)[0]
        # TFLite multiplies the first two scales in float32, unlike in the per-channel case
        product = float(np.float32(in_scale) * np.float32(filter_scale))
        multiplier, shift = rescale(product / out_scale)
    folded = _fold(weights, bias, -in_zero)
    check_accumulator(weights, _with_margin(folded), 128)
    return Call(
        kernel=kernel,
        inputs=(source.index,),
        output=output.index,
        params=Params(
            "engine_fc_s8_params",
            {
                "rows": rows,
                "depth": depth,
                "outputs": outputs,
                "output_offset": out_zero,
                **int8_activation(op),
                "multiplier": multiplier,
                "shift": shift,
                "packed": 0,
                "unused": 0,
            },
        ),
        constants=(
            Constant("weights", blocked(weights.reshape(outputs, 1, depth))),
            Constant("bias", folded),
            *scaling,
        ),
        macs=rows * weights.size,
        nonzero_macs=rows * int(np.count_nonzero(weights)),
    )


def _channel_rescale(
    source: Tensor, output: Tensor, scales: tuple[float, ...], channels: int
) -> tuple[Constant, Constant]:
    """Multipliers and shifts of every output channel; one weight scale serves all."""
    in_scale, out_scale = per_tensor(source)[0], per_tensor(output)[0]
    every = scales if len(scales) > 1 else scales * channels
    pairs = [rescale(in_scale * scale / out_scale) for scale in every]
    return (
        Constant("multipliers", np.array([m for m, _ in pairs], dtype=np.int32)),
        Constant("shifts", np.array([s for _, s in pairs], dtype=np.int8)),
    )


def _fold(by_channel: Array, bias: Array, offset: int) -> Array:
    """The bias plus offset times the sum of each channel's weights."""
    sums = by_channel.astype(np.int64).reshape(by_channel.shape[0], -1).sum(axis=1)
    folded: Array = bias.astype(np.int64) + offset * sums
    require(bool((np.abs(folded) < 1 << 31).all()), "a bias beyond 32 bits")
    return folded.astype(np.int32)
