"""Kernel choice of CONV_2D."""

from __future__ import annotations

from harness.codegen.calls import Call
from harness.codegen.lower.channels import channel_rescale_s8
from harness.codegen.lower.common import SIZE_MAX
from harness.codegen.lower.fully_connected import fully_connected_call_f32, fully_connected_call_s8
from harness.codegen.lower.site import ConvSite, DenseSite, conv_site
from harness.codegen.lower.support import DYNAMIC, FLOAT32, INT8, INT16, OperatorSupport
from harness.codegen.lower.windowed import (
    convolution_f32,
    convolution_hybrid,
    convolution_s8,
    convolution_s16,
)
from harness.codegen.operands import Operands, require, weight_scales
from harness.codegen.storage.blocked import blocked
from harness.codegen.window import joined, stored_runs


def conv_s8(op: Operands) -> Call:
    """CONV_2D in int8. A 1x1 convolution is a fully connected layer over all pixels."""
    site = conv_site(op, "int8")
    window = site.window
    if (dense := _as_dense(site)) is not None:
        scales = weight_scales(op.constant(1), 0, zeros=True)
        scaling = channel_rescale_s8(op.activation(0), op.output, scales, window.out_c)
        return fully_connected_call_s8(op, "engine_fc_per_channel_s8", dense, scaling)
    stored = blocked(site.weights.reshape(window.out_c, *stored_runs(window)))
    kernel = "engine_conv_joined_s8" if joined(window) else "engine_conv_s8"
    return convolution_s8(op, kernel, site, stored, fold=True)


def conv_f32(op: Operands) -> Call:
    """CONV_2D in float32. A 1x1 convolution is a fully connected layer over all pixels."""
    site = conv_site(op, "float32")
    if (dense := _as_dense(site)) is not None:
        return fully_connected_call_f32(op, dense)
    return convolution_f32(op, "engine_conv_f32", site)


def _as_dense(site: ConvSite) -> DenseSite | None:
    """Return a 1x1 convolution as a layer with one row for each pixel; None for others."""
    window = site.window
    if not window.pointwise or window.positions > SIZE_MAX:
        return None
    return DenseSite(window.positions, site.weights.reshape(window.out_c, window.in_c))


def conv_s16(op: Operands) -> Call:
    """CONV_2D in int16."""
    return convolution_s16(op, "engine_conv_s16", conv_site(op, "int8"))


def conv_hybrid(op: Operands) -> Call:
    """CONV_2D with dynamic range."""
    site = conv_site(op, "int8", image=3)
    window = site.window
    dilated = (window.dilation_h, window.dilation_w) != (1, 1)
    require(not dilated, "dilation with dynamic range, which TensorFlow Lite ignores")
    return convolution_hybrid(op, "engine_conv_hybrid", site)


OPERATORS = (
    OperatorSupport(
        kind="CONV_2D",
        summary="convolution of an image",
        lowerings={INT8: conv_s8, FLOAT32: conv_f32, INT16: conv_s16, DYNAMIC: conv_hybrid},
        kernels=("conv", "fc", "sparse"),
        restrictions=(
            "no groups with dynamic range",
            "no dilation with dynamic range, which TFLite ignores",
        ),
        sparse=(INT8, FLOAT32),
        weights=(1,),
        biases=(2,),
    ),
)
