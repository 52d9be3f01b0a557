"""Kernel choice of DEPTHWISE_CONV_2D."""

from __future__ import annotations

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.engine_constants import DEPTHWISE_PLANE, DEPTHWISE_SUMS
from harness.codegen.lower.windowed import (
    convolution_f32,
    convolution_hybrid,
    convolution_s8,
    convolution_s16,
)
from harness.codegen.operands import Operands, data_of, require, weight_scales
from harness.codegen.options import ConvOptions
from harness.codegen.structs import Window
from harness.codegen.window import plane_pitch, window_of


def depthwise_s8(op: Operands) -> Call:
    """DEPTHWISE_CONV_2D."""
    source, weights = op.activation(0), op.constant(1)
    require(len(weights.shape) == 4 and weights.shape[0] == 1, "weights of a strange shape")
    _, kernel_h, kernel_w, channels = weights.shape
    window = window_of(source, op.output, op.options(ConvOptions), (kernel_h, kernel_w), channels)
    require(channels % window.in_c == 0, f"{channels} channels out of {window.in_c}")
    filters = data_of(weights)
    by_channel = np.moveaxis(filters, 3, 0)
    bias = op.bias(2, "int32", channels)
    scales = weight_scales(weights, 3)
    # depthwise skips taps outside the input: what they add to a folded bias would differ
    return convolution_s8(
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
        and window.out_w <= DEPTHWISE_SUMS
        and 3 * plane_pitch(window) <= DEPTHWISE_PLANE
    )


def depthwise_f32(op: Operands) -> Call:
    """DEPTHWISE_CONV_2D."""
    source, weights = op.activation(0), op.constant(1)
    require(len(weights.shape) == 4 and weights.shape[0] == 1, "weights of a strange shape")
    _, kernel_h, kernel_w, channels = weights.shape
    window = window_of(source, op.output, op.options(ConvOptions), (kernel_h, kernel_w), channels)
    require(channels % window.in_c == 0, f"{channels} channels out of {window.in_c}")
    return convolution_f32(op, "engine_depthwise_f32", window, data_of(weights))


def depthwise_s16(op: Operands) -> Call:
    """DEPTHWISE_CONV_2D."""
    source, weights = op.activation(0), op.constant(1)
    require(len(weights.shape) == 4 and weights.shape[0] == 1, "weights of a strange shape")
    _, kernel_h, kernel_w, channels = weights.shape
    window = window_of(source, op.output, op.options(ConvOptions), (kernel_h, kernel_w), channels)
    require(channels % window.in_c == 0, f"{channels} channels out of {window.in_c}")
    return convolution_s16(op, "engine_depthwise_s16", window, 3)


def depthwise_hybrid(op: Operands) -> Call:
    """DEPTHWISE_CONV_2D."""
    weights = op.constant(1)
    require(len(weights.shape) == 4 and weights.shape[0] == 1, "weights of a strange shape")
    _, kernel_h, kernel_w, channels = weights.shape
    window = window_of(
        op.activation(3), op.output, op.options(ConvOptions), (kernel_h, kernel_w), channels
    )
    require(channels % window.in_c == 0, f"{channels} channels out of {window.in_c}")
    return convolution_hybrid(op, "engine_depthwise_hybrid", window, 3)
