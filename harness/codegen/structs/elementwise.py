"""engine_kernels_elementwise.h: parameters of kernels of one and two operands."""

from __future__ import annotations

from dataclasses import dataclass

from harness.codegen.structs.base import Float32, Int16, Int32, Struct, UInt16, UInt32


@dataclass(frozen=True, kw_only=True)
class LutS8Params(Struct, ctype="engine_lut_s8_params"):
    """A table of all int8."""

    count: UInt32


@dataclass(frozen=True, kw_only=True)
class FlipSignParams(Struct, ctype="engine_flip_sign_params"):
    """uint8 as int8, or back."""

    count: UInt32


@dataclass(frozen=True, kw_only=True)
class UnaryF32Params(Struct, ctype="engine_unary_f32_params"):
    """A function of each element."""

    count: UInt32
    alpha: Float32
    activation_min: Float32
    activation_max: Float32


@dataclass(frozen=True, kw_only=True)
class SumS8Params(Struct, ctype="engine_sum_s8_params"):
    """Sum or difference with broadcast."""

    multiplier1: Int32
    multiplier2: Int32
    output_multiplier: Int32
    offset1: Int16
    offset2: Int16
    output_offset: Int16
    shift1: Int16
    shift2: Int16
    output_shift: Int16
    activation_min: Int16
    activation_max: Int16
    sign1: Int16
    sign2: Int16
    constant2: Int16
    unused: Int16 = 0


@dataclass(frozen=True, kw_only=True)
class MulS8Params(Struct, ctype="engine_mul_s8_params"):
    """Product with broadcast."""

    multiplier: Int32
    shift: Int16
    offset1: Int16
    offset2: Int16
    output_offset: Int16
    activation_min: Int16
    activation_max: Int16
    constant2: Int16
    unused: Int16 = 0


@dataclass(frozen=True, kw_only=True)
class ExtremeS8Params(Struct, ctype="engine_extreme_s8_params"):
    """Greater or lesser of two operands, with broadcast."""

    constant2: Int32


@dataclass(frozen=True, kw_only=True)
class PreluS8Params(Struct, ctype="engine_prelu_s8_params"):
    """Values below 0 times a slope, with broadcast."""

    multiplier1: Int32
    multiplier2: Int32
    offset1: Int16
    offset2: Int16
    output_offset: Int16
    shift1: Int16
    shift2: Int16
    constant2: Int16


@dataclass(frozen=True, kw_only=True)
class SquaredDifferenceS8Params(Struct, ctype="engine_squared_difference_s8_params"):
    """Squared difference with broadcast."""

    multiplier1: Int32
    multiplier2: Int32
    output_multiplier: Int32
    offset1: Int16
    offset2: Int16
    output_offset: Int16
    shift1: Int16
    shift2: Int16
    output_shift: Int16
    constant2: Int16
    unused: Int16 = 0


@dataclass(frozen=True, kw_only=True)
class Comparison(Struct, ctype="engine_comparison"):
    """Results of a comparison: where operand 1 is less, equal, greater, or not a number."""

    less: Int16
    equal: Int16
    greater: Int16
    unordered: Int16


@dataclass(frozen=True, kw_only=True)
class CompareS8Params(Struct, ctype="engine_compare_s8_params"):
    """Comparison of two scales, with broadcast."""

    multiplier1: Int32
    multiplier2: Int32
    offset1: Int16
    offset2: Int16
    shift1: Int16
    shift2: Int16
    results: Comparison
    constant2: Int16
    unused: Int16 = 0


@dataclass(frozen=True, kw_only=True)
class CompareF32Params(Struct, ctype="engine_compare_f32_params"):
    """Comparison with broadcast."""

    results: Comparison
    constant2: Int16
    unused: Int16 = 0


@dataclass(frozen=True, kw_only=True)
class SelectParams(Struct, ctype="engine_select_params"):
    """Elements of one of two operands, by a condition, with broadcast."""

    item: Int16
    flip: Int16
    constant1: Int16
    constant2: Int16


@dataclass(frozen=True, kw_only=True)
class LogSoftmaxS8Params(Struct, ctype="engine_log_softmax_s8_params"):
    """Logarithms of softmax."""

    rows: UInt16
    depth: UInt16
    table_size: UInt16
    shift: Int16
    multiplier: Int32
    reverse_multiplier: Int32
    reverse_shift: Int16
    unused: Int16 = 0


@dataclass(frozen=True, kw_only=True)
class LogSoftmaxF32Params(Struct, ctype="engine_log_softmax_f32_params"):
    """The same in float32."""

    rows: UInt16
    depth: UInt16


@dataclass(frozen=True, kw_only=True)
class CastParams(Struct, ctype="engine_cast_params"):
    """Change of type; types are numbers of engine_kernels_types.h."""

    count: UInt32
    source: Int16
    target: Int16


@dataclass(frozen=True, kw_only=True)
class BinaryI32Params(Struct, ctype="engine_binary_i32_params"):
    """Arithmetic of int32 with broadcast."""

    sign1: Int16
    sign2: Int16
    constant2: Int32


@dataclass(frozen=True, kw_only=True)
class BinaryF32Params(Struct, ctype="engine_binary_f32_params"):
    """Arithmetic with broadcast."""

    activation_min: Float32
    activation_max: Float32
    sign1: Float32
    sign2: Float32
    constant2: Int32
