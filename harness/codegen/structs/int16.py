"""engine_kernels_s16.h: parameters of int16 kernels."""

from __future__ import annotations

from dataclasses import dataclass

from harness.codegen.structs.base import Int16, Int32, Struct, UInt16, UInt32
from harness.codegen.structs.int8 import FullyConnectedParams
from harness.codegen.structs.window import WindowParams


@dataclass(frozen=True, kw_only=True)
class WindowS16Params(WindowParams, ctype="engine_window_s16_params"):
    """Convolutions and pools."""

    activation_min: Int16
    activation_max: Int16


@dataclass(frozen=True, kw_only=True)
class FcS16Params(FullyConnectedParams, ctype="engine_fc_s16_params"):
    """Fully connected layers."""

    activation_min: Int16
    activation_max: Int16


@dataclass(frozen=True, kw_only=True)
class SoftmaxS16Params(Struct, ctype="engine_softmax_s16_params"):
    """Softmax of rows."""

    rows: UInt16
    depth: UInt16
    multiplier: Int32
    shift: Int16
    unused: Int16 = 0


@dataclass(frozen=True, kw_only=True)
class AddS16Params(Struct, ctype="engine_add_s16_params"):
    """Sum of two tensors of one shape."""

    count: UInt32
    multiplier1: Int32
    multiplier2: Int32
    output_multiplier: Int32
    shift1: Int16
    shift2: Int16
    output_shift: Int16
    activation_min: Int16
    activation_max: Int16
    unused: Int16 = 0


@dataclass(frozen=True, kw_only=True)
class LeakyReluS16Params(Struct, ctype="engine_leaky_relu_s16_params"):
    """Values below 0 times a slope."""

    count: UInt32
    multiplier1: Int32
    multiplier2: Int32
    shift1: Int16
    shift2: Int16


@dataclass(frozen=True, kw_only=True)
class RequantizeS16Params(Struct, ctype="engine_requantize_s16_params"):
    """int16 to int16 or int8 of another scale, clamped."""

    count: UInt32
    multiplier: Int32
    shift: Int16
    output_offset: Int16
    activation_min: Int16
    activation_max: Int16
