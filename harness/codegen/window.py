"""Geometry of convolutions and pools: TFLite's padding, checked against the tensors' shapes."""

from __future__ import annotations

from harness.codegen.engine_constants import GROUP
from harness.codegen.graph import Tensor
from harness.codegen.operands import require
from harness.codegen.options import WindowOptions
from harness.codegen.structs import INT16_MAX, Window

# Most taps of a window that is joined byte by byte: larger ones have little padding.
_JOINED_TAPS = 128


def window_of(
    source: Tensor, output: Tensor, options: WindowOptions, kernel: tuple[int, int], channels: int
) -> Window:
    """Return the window of an operator with that kernel size and number of output channels.

    Raises Unsupported where shapes contradict each other.
    """
    require(len(source.shape) == 4 and len(output.shape) == 4, "a tensor without 4 dimensions")
    require(source.shape[0] == 1, f"batch of {source.shape[0]}")
    require(options.padding in ("SAME", "VALID"), f"{options.padding}")
    dilation_h, dilation_w = options.dilation
    factors = (options.stride_h, options.stride_w, dilation_h, dilation_w, *kernel)
    require(min(factors) >= 1, f"strides, dilations and kernel sizes {factors}")
    require(max(*factors, *source.shape, *output.shape) <= INT16_MAX, "a size above 32767")
    above, below, before, after = options.margins
    out_h, top = axis_padding(
        source.shape[1] + above + below, kernel[0], options.stride_h, dilation_h, options.padding
    )
    out_w, left = axis_padding(
        source.shape[2] + before + after, kernel[1], options.stride_w, dilation_w, options.padding
    )
    require(
        output.shape == (1, out_h, out_w, channels),
        f"output shape {output.shape} where {(1, out_h, out_w, channels)} follows",
    )
    return Window(
        in_h=source.shape[1],
        in_w=source.shape[2],
        in_c=source.shape[3],
        out_h=out_h,
        out_w=out_w,
        out_c=channels,
        kernel_h=kernel[0],
        kernel_w=kernel[1],
        stride_h=options.stride_h,
        stride_w=options.stride_w,
        dilation_h=dilation_h,
        dilation_w=dilation_w,
        pad_top=above + top,
        pad_left=before + left,
    )


def axis_padding(
    size: int, kernel: int, stride: int, dilation: int, padding: str
) -> tuple[int, int]:
    """Return output size and padding before the first element along one axis."""
    extent = (kernel - 1) * dilation + 1
    out = -(-size // stride) if padding == "SAME" else -(-(size - extent + 1) // stride)
    require(out >= 1, f"a kernel extent of {extent} on {size} elements")
    total = max(0, (out - 1) * stride + extent - size)
    reach = (out - 1) * stride + extent
    require(reach <= INT16_MAX, f"a window reaching coordinate {reach}")
    return out, total // 2


def stored_runs(window: Window) -> tuple[int, int]:
    """Return the runs of a window and the taps of each, as dense int8 kernels store them.

    See "Blocks" in engine_kernels_s8.h. With horizontal dilation the taps of a row are apart,
    and every pixel is a run of its own.
    """
    if joined(window):
        return 1, window.taps
    if window.dilation_w == 1:
        return window.kernel_h, window.kernel_w * window.in_c
    return window.kernel_h * window.kernel_w, window.in_c


def joined(window: Window) -> bool:
    """Return True where engine_conv_joined_s8 joins the rows of a window: it pads fewer taps."""
    taps = whole_groups(window.taps)
    apart = window.kernel_h * whole_groups(window.kernel_w * window.in_c)
    return window.dilation_w == 1 and taps <= _JOINED_TAPS and taps < apart


def stored_taps(window: Window) -> int:
    """Return the taps of a window with its runs padded to whole groups."""
    runs, taps = stored_runs(window)
    return runs * whole_groups(taps)


def whole_groups(taps: int) -> int:
    """Return the taps of a run padded to whole groups."""
    return -(-taps // GROUP) * GROUP


def plane_pitch(window: Window) -> int:
    """Return the elements of a row in the plane of engine_depthwise_3x3_s8."""
    return window.stride_w * (window.out_w + window.out_w % 2) + 2
