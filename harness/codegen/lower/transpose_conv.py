"""TRANSPOSE_CONV: the gradient of a convolution, which enlarges images."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from harness.codegen.calls import Call, Constant, Params, Value
from harness.codegen.graph import Tensor
from harness.codegen.lower.channels import channel_rescale_s8
from harness.codegen.lower.common import activation_f32, activation_s8
from harness.codegen.lower.site import weights_of
from harness.codegen.lower.support import FLOAT32, INT8, OperatorSupport
from harness.codegen.operands import (
    Operands,
    check_accumulator,
    data_of,
    per_tensor,
    require,
    weight_scales,
)
from harness.codegen.window import Window, axis_padding

_COORDINATE_MAX = (1 << 15) - 1


def transpose_conv_f32(op: Operands) -> Call:
    """float32; inputs are the output's shape, weights, the image and, optionally, a bias."""
    window, weights = _window(op, "float32")
    fields: dict[str, Value] = {"window": asdict(window), **activation_f32(op)}
    constants = (
        Constant("weights", data_of(weights)),
        Constant("bias", op.bias(3, "float32", window.out_c)),
    )
    return _call(op, window, weights, "f32", Params("engine_window_f32_params", fields), constants)


def transpose_conv_s8(op: Operands) -> Call:
    """int8, weights with one scale or one for each output channel."""
    window, weights = _window(op, "int8")
    (_, in_zero), (_, out_zero) = per_tensor(op.activation(2)), per_tensor(op.output)
    filters = data_of(weights)
    bias = op.bias(3, "int32", window.out_c)
    check_accumulator(filters, bias, 255)
    scales = weight_scales(weights, 0)
    fields: dict[str, Value] = {
        "window": asdict(window),
        "input_offset": -in_zero,
        "output_offset": out_zero,
        **activation_s8(op),
        "packed": 0,
        "unused": 0,
    }
    constants = (
        Constant("weights", filters),
        Constant("bias", bias),
        *channel_rescale_s8(op.activation(2), op.output, scales, window.out_c),
    )
    return _call(op, window, weights, "s8", Params("engine_conv_s8_params", fields), constants)


def _call(
    op: Operands,
    window: Window,
    weights: Tensor,
    suffix: str,
    params: Params,
    constants: tuple[Constant, ...],
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
    """The window of the convolution that leads from the output back to the input."""
    weights = weights_of(op, dtype, inputs=2)
    source, output, o = op.activation(2), op.output, op.options
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
        require(images * stride + kernel <= _COORDINATE_MAX, "a size above 32767")
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
    ),
)
