"""Kernel choice of CONV_2D."""

from __future__ import annotations

from harness.codegen.calls import Call
from harness.codegen.lower.channels import channel_rescale_s8
from harness.codegen.lower.common import SIZE_MAX
from harness.codegen.lower.fully_connected import fully_connected_call_f32, fully_connected_call_s8
from harness.codegen.lower.windowed import (
    convolution_f32,
    convolution_hybrid,
    convolution_s8,
    convolution_s16,
)
from harness.codegen.operands import Operands, data_of, require, weight_scales
from harness.codegen.options import ConvOptions
from harness.codegen.storage.blocked import blocked
from harness.codegen.window import joined, stored_runs, window_of


def conv_s8(op: Operands) -> Call:
    """CONV_2D. A 1x1 convolution is a fully connected layer over all pixels."""
    source, weights = op.activation(0), op.constant(1)
    require(len(weights.shape) == 4, "weights without 4 dimensions")
    channels, kernel_h, kernel_w, depth = weights.shape
    window = window_of(source, op.output, op.options(ConvOptions), (kernel_h, kernel_w), channels)
    require(depth == window.in_c, f"grouped convolution ({window.in_c} channels in, {depth} each)")
    filters = data_of(weights)
    bias = op.bias(2, "int32", channels)
    scales = weight_scales(weights, 0)
    if window.pointwise and window.positions <= SIZE_MAX:
        scaling = channel_rescale_s8(source, op.output, scales, channels)
        return fully_connected_call_s8(
            op, "engine_fc_per_channel_s8", filters.reshape(channels, depth), bias, scaling
        )
    stored = blocked(filters.reshape(channels, *stored_runs(window)))
    kernel = "engine_conv_joined_s8" if joined(window) else "engine_conv_s8"
    return convolution_s8(op, kernel, window, stored, filters, bias, scales, fold=True)


def conv_f32(op: Operands) -> Call:
    """CONV_2D. A 1x1 convolution is a fully connected layer over all pixels."""
    source, weights = op.activation(0), op.constant(1)
    require(len(weights.shape) == 4, "weights without 4 dimensions")
    channels, kernel_h, kernel_w, depth = weights.shape
    window = window_of(source, op.output, op.options(ConvOptions), (kernel_h, kernel_w), channels)
    require(depth == window.in_c, f"grouped convolution ({window.in_c} channels in, {depth} each)")
    if window.pointwise and window.positions <= SIZE_MAX:
        return fully_connected_call_f32(op, data_of(weights).reshape(channels, depth))
    return convolution_f32(op, "engine_conv_f32", window, data_of(weights))


def conv_s16(op: Operands) -> Call:
    """CONV_2D."""
    source, weights = op.activation(0), op.constant(1)
    require(len(weights.shape) == 4, "weights without 4 dimensions")
    channels, kernel_h, kernel_w, depth = weights.shape
    window = window_of(source, op.output, op.options(ConvOptions), (kernel_h, kernel_w), channels)
    require(depth == window.in_c, f"grouped convolution ({window.in_c} channels in, {depth} each)")
    return convolution_s16(op, "engine_conv_s16", window, 0)


def conv_hybrid(op: Operands) -> Call:
    """CONV_2D."""
    weights = op.constant(1)
    require(len(weights.shape) == 4, "weights without 4 dimensions")
    channels, kernel_h, kernel_w, depth = weights.shape
    window = window_of(
        op.activation(3), op.output, op.options(ConvOptions), (kernel_h, kernel_w), channels
    )
    require(depth == window.in_c, f"grouped convolution ({window.in_c} channels in, {depth} each)")
    dilated = (window.dilation_h, window.dilation_w) != (1, 1)
    require(not dilated, "dilation with dynamic range, which TensorFlow Lite ignores")
    return convolution_hybrid(op, "engine_conv_hybrid", window, 0)
