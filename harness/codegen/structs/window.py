"""engine_window.h: geometry of convolutions and pools, and common heads of their structs."""

from __future__ import annotations

from dataclasses import dataclass

from harness.codegen.structs.base import Int16, Struct


@dataclass(frozen=True, kw_only=True)
class Window(Struct, ctype="engine_window"):
    """Windows over an image: input [in_h][in_w][in_c], output [out_h][out_w][out_c]."""

    in_h: Int16
    in_w: Int16
    in_c: Int16
    out_h: Int16
    out_w: Int16
    out_c: Int16
    kernel_h: Int16
    kernel_w: Int16
    stride_h: Int16
    stride_w: Int16
    dilation_h: Int16
    dilation_w: Int16
    pad_top: Int16
    pad_left: Int16

    @property
    def outputs(self) -> int:
        """Number of output elements."""
        return self.out_h * self.out_w * self.out_c

    @property
    def positions(self) -> int:
        """Number of window positions."""
        return self.out_h * self.out_w

    @property
    def taps(self) -> int:
        """Number of taps of a window, over all input channels."""
        return self.kernel_h * self.kernel_w * self.in_c

    @property
    def padded(self) -> bool:
        """True where some window reaches into the padding."""
        return (
            self.pad_top > 0
            or self.pad_left > 0
            or (self.out_h - 1) * self.stride_h + (self.kernel_h - 1) * self.dilation_h >= self.in_h
            or (self.out_w - 1) * self.stride_w + (self.kernel_w - 1) * self.dilation_w >= self.in_w
        )

    @property
    def pointwise(self) -> bool:
        """True where every output pixel reads only its own input pixel."""
        kernel = (self.kernel_h, self.kernel_w, self.stride_h, self.stride_w)
        return kernel == (1, 1, 1, 1)


@dataclass(frozen=True, kw_only=True)
class WindowParams(Struct):
    """Common head: a window."""

    window: Window
