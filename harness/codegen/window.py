"""Geometry of convolutions and pools: TFLite's padding, checked against the tensors' shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.codegen.graph import Options, Tensor
from harness.codegen.operands import require

_COORDINATE_MAX = (1 << 15) - 1
_GROUP = 4  # ENGINE_GROUP
# Most taps of a window that is put together byte by byte: of larger ones the share of what is
# filled up is small.
_JOINED_TAPS = 128


@dataclass(frozen=True)
class Window:
    """The fields of engine_window."""

    in_h: int
    in_w: int
    in_c: int
    out_h: int
    out_w: int
    out_c: int
    kernel_h: int
    kernel_w: int
    stride_h: int
    stride_w: int
    dilation_h: int
    dilation_w: int
    pad_top: int
    pad_left: int

    @property
    def outputs(self) -> int:
        """Number of output elements."""
        return self.out_h * self.out_w * self.out_c

    @property
    def positions(self) -> int:
        """Number of window positions."""
        return self.out_h * self.out_w

    @property
    def padded(self) -> bool:
        """Whether any tap of any window lies outside the input."""
        return (
            self.pad_top > 0
            or self.pad_left > 0
            or (self.out_h - 1) * self.stride_h + (self.kernel_h - 1) * self.dilation_h >= self.in_h
            or (self.out_w - 1) * self.stride_w + (self.kernel_w - 1) * self.dilation_w >= self.in_w
        )

    @property
    def pointwise(self) -> bool:
        """Whether every output pixel reads just its own input pixel."""
        kernel = (self.kernel_h, self.kernel_w, self.stride_h, self.stride_w)
        return kernel == (1, 1, 1, 1)


def window_of(
    source: Tensor, output: Tensor, options: Options, kernel: tuple[int, int], channels: int
) -> Window:
    """The window of an operator with that kernel and output channels; refuses contradictions."""
    require(len(source.shape) == 4 and len(output.shape) == 4, "a tensor without 4 dimensions")
    require(source.shape[0] == 1, f"batch of {source.shape[0]}")
    require(options.padding in ("SAME", "VALID"), f"{options.padding}")
    factors = (options.stride_h, options.stride_w, options.dilation_h, options.dilation_w, *kernel)
    require(min(factors) >= 1, f"strides, dilations and kernel sizes {factors}")
    require(max(*factors, *source.shape, *output.shape) <= _COORDINATE_MAX, "a size above 32767")
    out_h, top = axis_padding(
        source.shape[1], kernel[0], options.stride_h, options.dilation_h, options.padding
    )
    out_w, left = axis_padding(
        source.shape[2], kernel[1], options.stride_w, options.dilation_w, options.padding
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
        dilation_h=options.dilation_h,
        dilation_w=options.dilation_w,
        pad_top=top,
        pad_left=left,
    )


def axis_padding(
    size: int, kernel: int, stride: int, dilation: int, padding: str
) -> tuple[int, int]:
    """Output size and padding before the first element, of one axis."""
    extent = (kernel - 1) * dilation + 1
    out = -(-size // stride) if padding == "SAME" else -(-(size - extent + 1) // stride)
    require(out >= 1, f"a kernel extent of {extent} on {size} elements")
    total = max(0, (out - 1) * stride + extent - size)
    reach = (out - 1) * stride + extent
    require(reach <= _COORDINATE_MAX, f"a window reaching coordinate {reach}")
    return out, total // 2


def stored_runs(window: Mapping[str, int]) -> tuple[int, int]:
    """Runs of a window's fields and taps of each, as dense int8 kernels hold them.

    engine_kernels_s8.h describes them, "Blocks". With horizontal dilation the taps of a row are
    apart: every pixel is a run of its own.
    """
    kernel_h, kernel_w, in_c = window["kernel_h"], window["kernel_w"], window["in_c"]
    if joined(window):
        return 1, kernel_h * kernel_w * in_c
    return (kernel_h, kernel_w * in_c) if window["dilation_w"] == 1 else (kernel_h * kernel_w, in_c)


def joined(window: Mapping[str, int]) -> bool:
    """Whether engine_conv_joined_s8 puts the rows together: fewer taps are filled up then."""
    kernel_h, row = window["kernel_h"], window["kernel_w"] * window["in_c"]
    taps = _whole_groups(kernel_h * row)
    apart = kernel_h * _whole_groups(row)
    return window["dilation_w"] == 1 and taps <= _JOINED_TAPS and taps < apart


def stored_taps(window: Mapping[str, int]) -> int:
    """Taps of a window's fields, its runs filled up to whole groups."""
    runs, taps = stored_runs(window)
    return runs * _whole_groups(taps)


def _whole_groups(taps: int) -> int:
    return -(-taps // _GROUP) * _GROUP
