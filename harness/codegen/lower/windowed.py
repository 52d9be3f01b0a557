"""Calls of CONV_2D and DEPTHWISE_CONV_2D kernels that walk a window, by type.

With dynamic range, float multiplications have TensorFlow Lite's order (kernels/conv.cc,
depthwise_conv.cc, fully_connected.cc and internal/reference/portable_tensor_utils.cc), so that
results are equal.
"""

from __future__ import annotations

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.constants import HybridConstants, LayerConstants
from harness.codegen.graph import Array
from harness.codegen.lower.channels import (
    OFFSET_RANGE_HYBRID,
    channel_rescale_s8,
    folded_bias,
    layer_constants_s16,
    rescaling_margins,
    row_scales,
    used_bias,
)
from harness.codegen.lower.common import activation_f32, activation_s8, activation_s16, scale_s16
from harness.codegen.lower.site import ConvSite
from harness.codegen.operands import Operands, check_accumulator, per_tensor, weight_scales
from harness.codegen.structs import (
    ConvHybridParams,
    ConvS8Params,
    Window,
    WindowF32Params,
    WindowS16Params,
)


def convolution_s8(op: Operands, kernel: str, site: ConvSite, stored: Array, *, fold: bool) -> Call:
    """Return an int8 call; `fold` adds the input's zero point to the bias.

    `stored` are the weights in the kernel's layout.
    """
    source, output, window = op.activation(0), op.output, site.window
    by_channel, bias = site.by_channel, op.bias(2, "int32", window.out_c)
    scales = weight_scales(op.constant(1), site.axis, zeros=True)
    _, in_zero = per_tensor(source)
    folded = folded_bias(by_channel, bias, -in_zero) if fold else bias
    scaling = channel_rescale_s8(source, output, scales, window.out_c)
    folded = used_bias(folded, scaling.multipliers)
    margins = rescaling_margins(scaling.shifts)
    check_accumulator(by_channel, folded, 128 if fold else 255, margins=margins)
    low, high = activation_s8(op)
    return Call(
        kernel=kernel,
        inputs=(source.index,),
        output=output.index,
        params=ConvS8Params(
            window=window,
            input_offset=-in_zero if window.padded else 0,
            output_offset=per_tensor(output)[1],
            activation_min=low,
            activation_max=high,
        ),
        constants=LayerConstants(
            weights=stored,
            bias=folded,
            multipliers=scaling.multipliers,
            shifts=scaling.shifts,
        ),
        macs=window.positions * by_channel.size,
        nonzero_macs=window.positions * int(np.count_nonzero(by_channel)),
    )


def convolution_f32(op: Operands, kernel: str, site: ConvSite) -> Call:
    """Return a float32 call."""
    window, weights = site.window, site.weights
    return Call(
        kernel=kernel,
        inputs=(op.activation(0).index,),
        output=op.output.index,
        params=window_params_f32(op, window),
        constants=LayerConstants(weights=weights, bias=op.bias(2, "float32", window.out_c)),
        macs=window.positions * weights.size,
        nonzero_macs=window.positions * int(np.count_nonzero(weights)),
    )


def window_params_f32(op: Operands, window: Window) -> WindowF32Params:
    """Return the parameters of float32 convolutions and pools."""
    low, high = activation_f32(op)
    return WindowF32Params(window=window, activation_min=low, activation_max=high)


def window_params_s16(op: Operands, window: Window) -> WindowS16Params:
    """Return the parameters of int16 convolutions and pools."""
    low, high = activation_s16(op)
    return WindowS16Params(window=window, activation_min=low, activation_max=high)


def convolution_s16(op: Operands, kernel: str, site: ConvSite) -> Call:
    """Return an int16 call."""
    source, output = op.activation(0), op.output
    window, data = site.window, site.weights
    scales = weight_scales(op.constant(1), site.axis, zeros=True)
    every = scales if len(scales) > 1 else scales * window.out_c
    in_scale, out_scale = scale_s16(source), scale_s16(output)
    factors = [in_scale * scale / out_scale for scale in every]
    constants = layer_constants_s16(op, data, site.by_channel, factors)
    return Call(
        kernel=kernel,
        inputs=(source.index,),
        output=output.index,
        params=window_params_s16(op, window),
        constants=constants,
        macs=window.positions * data.size,
        nonzero_macs=window.positions * int(np.count_nonzero(data)),
    )


def convolution_hybrid(op: Operands, kernel: str, site: ConvSite) -> Call:
    """Return a call with int8 weights and rows quantised at run time."""
    window, data = site.window, site.weights
    bias = op.bias(2, "float32", window.out_c)
    check_accumulator(site.by_channel, np.zeros(window.out_c), OFFSET_RANGE_HYBRID)
    scales = row_scales(op, site.axis)
    low, high = activation_f32(op)
    return Call(
        kernel=kernel,
        inputs=(op.activation(0).index,),
        output=op.output.index,
        params=ConvHybridParams(
            window=window,
            per_channel=int(len(scales) > 1),
            activation_min=low,
            activation_max=high,
        ),
        constants=HybridConstants(weights=data, bias=bias, scales=scales),
        macs=window.positions * data.size,
        nonzero_macs=window.positions * int(np.count_nonzero(data)),
    )
