"""engine_kernels_f32.h: parameters of float32 kernels."""

from __future__ import annotations

from dataclasses import dataclass

from harness.codegen.structs.base import Float32, Int16, Struct, UInt16, UInt32
from harness.codegen.structs.int8 import FullyConnectedParams
from harness.codegen.structs.window import WindowParams


@dataclass(frozen=True, kw_only=True)
class WindowF32Params(WindowParams, ctype="engine_window_f32_params"):
    """Convolutions and pools."""

    activation_min: Float32
    activation_max: Float32


@dataclass(frozen=True, kw_only=True)
class Axis3d(Struct, ctype="engine_axis_3d"):
    """One axis of a convolution of volumes; `pad` before the first element."""

    size: Int16
    out: Int16
    kernel: Int16
    stride: Int16
    dilation: Int16
    pad: Int16


@dataclass(frozen=True, kw_only=True)
class Conv3dF32Params(Struct, ctype="engine_conv_3d_f32_params"):
    """Convolution of volumes."""

    planes: Axis3d
    rows: Axis3d
    columns: Axis3d
    in_c: UInt16
    out_c: UInt16
    activation_min: Float32
    activation_max: Float32


@dataclass(frozen=True, kw_only=True)
class FcF32Params(FullyConnectedParams, ctype="engine_fc_f32_params"):
    """Fully connected layers."""

    unused: UInt16 = 0
    activation_min: Float32
    activation_max: Float32


@dataclass(frozen=True, kw_only=True)
class SoftmaxF32Params(Struct, ctype="engine_softmax_f32_params"):
    """Softmax of rows."""

    rows: UInt16
    depth: UInt16
    beta: Float32


@dataclass(frozen=True, kw_only=True)
class AddF32Params(Struct, ctype="engine_add_f32_params"):
    """Sum of two tensors of one shape."""

    count: UInt32
    activation_min: Float32
    activation_max: Float32
