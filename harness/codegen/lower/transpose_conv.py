"""TRANSPOSE_CONV: the gradient of a convolution, which enlarges images."""

from __future__ import annotations

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.constants import LayerConstants
from harness.codegen.graph import Tensor
from harness.codegen.lower.channels import channel_rescale_s8, used_bias
from harness.codegen.lower.common import activation_s8
from harness.codegen.lower.site import weights_of
from harness.codegen.lower.support import FLOAT32, INT8, OperatorSupport
from harness.codegen.lower.windowed import window_params_f32
from harness.codegen.operands import (
    Operands,
    check_accumulator,
    data_of,
    per_tensor,
    require,
    weight_scales,
)
from harness.codegen.options import WindowOptions
from harness.codegen.structs import INT16_MAX, ConvS8Params, Struct, Window
from harness.codegen.window import axis_padding


def transpose_conv_f32(op: Operands) -> Call:
    """TRANSPOSE_CONV in float32; inputs: output shape, weights, image, optional bias."""
    window, weights = _window(op, "float32")
    params = window_params_f32(op, window)
    constants = LayerConstants(weights=data_of(weights), bias=op.bias(3, "float32", window.out_c))
    return _call(op, window, weights, "f32", params, constants)


def transpose_conv_s8(op: Operands) -> Call:
    """TRANSPOSE_CONV in int8; weights with one scale, or one for each output channel."""
    window, weights = _window(op, "int8")
    (_, in_zero), (_, out_zero) = per_tensor(op.activation(2)), per_tensor(op.output)
    filters = data_of(weights)
    scales = weight_scales(weights, 0, zeros=True)
    scaling = channel_rescale_s8(op.activation(2), op.output, scales, window.out_c)
    bias = used_bias(op.bias(3, "int32", window.out_c), scaling.multipliers)
    check_accumulator(filters, bias, 255)
    low, high = activation_s8(op)
    params = ConvS8Params(
        window=window,
        input_offset=-in_zero,
        output_offset=out_zero,
        activation_min=low,
        activation_max=high,
    )
    constants = LayerConstants(
        weights=filters, bias=bias, multipliers=scaling.multipliers, shifts=scaling.shifts
    )
    return _call(op, window, weights, "s8", params, constants)


def _call(
    op: Operands,
    window: Window,
    weights: Tensor,
    suffix: str,
    params: Struct,
    constants: LayerConstants,
) -> Call:
    pixels = window.in_h * window.in_w
    return Call(
        kernel=f"engine_transpose_conv_{suffix}",
        inputs=(op.activation(2).index,),
        output=op.output.index,
        params=params,
        constants=constants,
        macs=pixels * weights.elements,
        nonzero_macs=pixels * int(np.count_nonzero(data_of(weights))),
    )


def _window(op: Operands, dtype: str) -> tuple[Window, Tensor]:
    """Return the window of the convolution from the output back to the input, and the weights."""
    weights = weights_of(op, dtype, inputs=2)
    source, output, o = op.activation(2), op.output, op.options(WindowOptions)
    require(len(weights.shape) == 4 == len(source.shape) == len(output.shape), "not 4 dimensions")
    out_c, kernel_h, kernel_w, in_c = weights.shape
    batch, in_h, in_w, depth = source.shape
    _, out_h, out_w, channels = output.shape
    require((depth, channels) == (in_c, out_c), "channels that are not those of the weights")
    require(batch == 1 == output.shape[0], "more than one image")
    require(tuple(data_of(op.constant(0)).reshape(-1).tolist()) == output.shape, "an output shape")
    require(o.padding in ("SAME", "VALID"), f"padding {o.padding}")
    require(min(o.stride_h, o.stride_w) >= 1, "a stride below 1")
    pads = []
    for size, kernel, stride, images in (
        (out_h, kernel_h, o.stride_h, in_h),
        (out_w, kernel_w, o.stride_w, in_w),
    ):
        positions, before = axis_padding(size, kernel, stride, 1, o.padding)
        require(positions == images, f"an image of {images} for an output of {size}")
        require(images * stride + kernel <= INT16_MAX, "a size above 32767")
        pads.append(before)
    window = Window(
        in_h=in_h, in_w=in_w, in_c=in_c, out_h=out_h, out_w=out_w, out_c=out_c,
        kernel_h=kernel_h, kernel_w=kernel_w, stride_h=o.stride_h, stride_w=o.stride_w,
        dilation_h=1, dilation_w=1, pad_top=pads[0], pad_left=pads[1],
    )  # fmt: skip
    return window, weights


OPERATORS = (
    OperatorSupport(
        kind="TRANSPOSE_CONV",
        summary="gradient of a convolution, which enlarges an image",
        lowerings={INT8: transpose_conv_s8, FLOAT32: transpose_conv_f32},
        kernels=("transpose_conv",),
        restrictions=("constant output shape",),
        sources=(2,),  # after the output's shape and the weights
        weights=(1,),
        biases=(3,),
    ),
)
