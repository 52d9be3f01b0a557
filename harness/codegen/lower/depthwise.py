"""Kernel choice of DEPTHWISE_CONV_2D."""

from __future__ import annotations

from harness.codegen.calls import Call
from harness.codegen.engine_constants import DEPTHWISE_PLANE, DEPTHWISE_SUMS
from harness.codegen.lower.site import depthwise_site
from harness.codegen.lower.support import DYNAMIC, FLOAT32, INT8, INT16, OperatorSupport
from harness.codegen.lower.windowed import (
    convolution_f32,
    convolution_hybrid,
    convolution_s8,
    convolution_s16,
)
from harness.codegen.operands import Operands
from harness.codegen.structs import Window
from harness.codegen.window import plane_pitch


def depthwise_s8(op: Operands) -> Call:
    """DEPTHWISE_CONV_2D in int8."""
    site = depthwise_site(op, "int8")
    kernel = "engine_depthwise_3x3_s8" if _fits_3x3(site.window) else "engine_depthwise_s8"
    # the kernel skips taps outside the input, so a folded bias would differ at borders
    return convolution_s8(op, kernel, site, site.weights, fold=not site.window.padded)


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
    """DEPTHWISE_CONV_2D in float32."""
    return convolution_f32(op, "engine_depthwise_f32", depthwise_site(op, "float32"))


def depthwise_s16(op: Operands) -> Call:
    """DEPTHWISE_CONV_2D in int16."""
    return convolution_s16(op, "engine_depthwise_s16", depthwise_site(op, "int8"))


def depthwise_hybrid(op: Operands) -> Call:
    """DEPTHWISE_CONV_2D with dynamic range."""
    return convolution_hybrid(op, "engine_depthwise_hybrid", depthwise_site(op, "int8", image=3))


OPERATORS = (
    OperatorSupport(
        kind="DEPTHWISE_CONV_2D",
        summary="convolution of each channel by itself",
        lowerings={
            INT8: depthwise_s8,
            FLOAT32: depthwise_f32,
            INT16: depthwise_s16,
            DYNAMIC: depthwise_hybrid,
        },
        kernels=("depthwise",),
        weights=(1,),
        biases=(2,),
    ),
)
