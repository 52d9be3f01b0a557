"""engine_kernels_s8.h: parameters of int8 kernels."""

from __future__ import annotations

from dataclasses import dataclass

from harness.codegen.structs.base import Float32, Int8, Int16, Int32, Struct, UInt16, UInt32
from harness.codegen.structs.window import WindowParams


@dataclass(frozen=True, kw_only=True)
class ConvS8Params(WindowParams, ctype="engine_conv_s8_params"):
    """Convolutions, including depthwise and transposed ones."""

    input_offset: Int16
    output_offset: Int16
    activation_min: Int8
    activation_max: Int8
    packed: Int8 = 0
    unused: Int8 = 0


@dataclass(frozen=True, kw_only=True)
class ConvMaxPoolS8Params(Struct, ctype="engine_conv_max_pool_s8_params"):
    """A convolution and the max pool of its output; `conv` has the activation of both."""

    conv: ConvS8Params
    pool_h: Int16
    pool_w: Int16

    @property
    def pixels(self) -> int:
        """Number of outputs of the convolution in a pool."""
        return self.pool_h * self.pool_w


@dataclass(frozen=True, kw_only=True)
class FullyConnectedParams(Struct):
    """Common head: the sizes of a fully connected layer."""

    rows: UInt16
    depth: UInt16
    outputs: UInt16


@dataclass(frozen=True, kw_only=True)
class FcS8Params(FullyConnectedParams, ctype="engine_fc_s8_params"):
    """Fully connected layers; kernels with a factor for each output ignore the common one."""

    output_offset: Int16
    activation_min: Int16
    activation_max: Int16
    multiplier: Int32
    shift: Int8
    packed: Int8 = 0
    unused: Int16 = 0


@dataclass(frozen=True, kw_only=True)
class PoolS8Params(WindowParams, ctype="engine_pool_s8_params"):
    """Max and average pools."""

    activation_min: Int16
    activation_max: Int16


@dataclass(frozen=True, kw_only=True)
class SoftmaxS8Params(Struct, ctype="engine_softmax_s8_params"):
    """Softmax of rows."""

    rows: UInt16
    depth: UInt16
    table_size: UInt16


@dataclass(frozen=True, kw_only=True)
class AddS8Params(Struct, ctype="engine_add_s8_params"):
    """Sum of two tensors of one shape."""

    count: UInt32
    multiplier: Int32
    output_multiplier: Int32
    offset1: Int16
    offset2: Int16
    output_offset: Int16
    shift: Int16
    output_shift: Int16
    activation_min: Int8
    activation_max: Int8


@dataclass(frozen=True, kw_only=True)
class RequantizeS8Params(Struct, ctype="engine_requantize_s8_params"):
    """int8 to int8 of another scale or zero point."""

    count: UInt32
    multiplier: Int32
    shift: Int16
    input_offset: Int16
    output_offset: Int16
    unused: Int16 = 0


@dataclass(frozen=True, kw_only=True)
class AffineParams(Struct, ctype="engine_affine_params"):
    """Conversion from and to float32."""

    count: UInt32
    scale: Float32
    zero_point: Int32
