"""Kernel choice of functions of one element: tables in int8, arithmetic in float32."""

from __future__ import annotations

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.constants import TableConstants
from harness.codegen.fixed_point import float_limits
from harness.codegen.graph import Array
from harness.codegen.lower.common import rescale, scale_s16
from harness.codegen.lower.quantise import requantize_s16
from harness.codegen.lower.support import BOOL, FLOAT32, INT8, INT16, OperatorSupport
from harness.codegen.lower.tables import CLAMPS, function_table
from harness.codegen.operands import Operands, require
from harness.codegen.options import GeluOptions, LeakyReluOptions
from harness.codegen.structs import LeakyReluS16Params, LutS8Params, UnaryF32Params


def unary_f32(op: Operands) -> Call:
    """Functions of each element in float32."""
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    kind = op.operator.kind
    low, high = float_limits(kind if kind in CLAMPS else "NONE")
    alpha = op.options(LeakyReluOptions).alpha if kind == "LEAKY_RELU" else 0.0
    require(bool(np.isfinite(alpha)), f"slope {alpha}")
    name = "clamp_each" if kind in CLAMPS else kind.lower()
    if kind == "GELU" and op.options(GeluOptions).approximate:
        name = "gelu_tanh"
    return Call(
        kernel=f"engine_{name}_f32",
        inputs=(source.index,),
        output=output.index,
        params=UnaryF32Params(
            count=output.elements, alpha=alpha, activation_min=low, activation_max=high
        ),
        in_place=(source.index,),
    )


def unary_s8(op: Operands) -> Call:
    """Functions of each element in int8, as a table of all 256 inputs."""
    return _by_table(op, function_table(op))


def leaky_relu_s16(op: Operands) -> Call:
    """LEAKY_RELU in int16."""
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    scale, out_scale = np.float32(scale_s16(source)), np.float32(scale_s16(output))
    alpha = np.float32(op.options(LeakyReluOptions).alpha)
    require(bool(alpha >= 0), "a negative slope")
    (multiplier1, shift1), (multiplier2, shift2) = (
        rescale(float(factor)) for factor in (scale / out_scale, scale * alpha / out_scale)
    )
    require(max(shift1, shift2) <= 15, "a rescaling factor out of range")
    return Call(
        kernel="engine_leaky_relu_s16",
        inputs=(source.index,),
        output=output.index,
        params=LeakyReluS16Params(
            count=output.elements,
            multiplier1=multiplier1,
            multiplier2=multiplier2,
            shift1=shift1,
            shift2=shift2,
        ),
        in_place=(source.index,),
    )


def logical_not(op: Operands) -> Call:
    """LOGICAL_NOT, as a table: 0 becomes 1, all others 0."""
    table = np.zeros(256, dtype=np.int8)
    table[128] = 1
    return _by_table(op, table)


def _by_table(op: Operands, table: Array) -> Call:
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    return Call(
        kernel="engine_lut_s8",
        inputs=(source.index,),
        output=output.index,
        params=LutS8Params(count=output.elements),
        constants=TableConstants(table=table),
        in_place=(source.index,),
    )


_LOWERINGS = {INT8: unary_s8, FLOAT32: unary_f32}
_FLOAT = {FLOAT32: unary_f32}
_CLAMPED = {**_LOWERINGS, INT16: requantize_s16}
OPERATORS = (
    OperatorSupport("RELU", "values from 0 up", _CLAMPED, ("lut", "clamp_each", "requantize")),
    OperatorSupport("RELU6", "values from 0 to 6", _CLAMPED, ("lut", "clamp_each", "requantize")),
    OperatorSupport("RELU_N1_TO_1", "values from -1 to 1", _LOWERINGS, ("lut", "clamp_each")),
    OperatorSupport("RELU_0_TO_1", "values from 0 to 1", _LOWERINGS, ("lut", "clamp_each")),
    OperatorSupport("ELU", "exp(x) - 1 below 0", _LOWERINGS, ("lut", "elu")),
    OperatorSupport("GELU", "x * P(X <= x), X standard normal", _LOWERINGS, ("lut", "gelu")),
    OperatorSupport("ABS", "absolute value", _LOWERINGS, ("lut", "abs")),
    OperatorSupport("EXP", "exp(x)", _LOWERINGS, ("lut", "exp")),
    OperatorSupport("LOG", "natural logarithm", _LOWERINGS, ("lut", "log")),
    OperatorSupport("SQRT", "square root", _LOWERINGS, ("lut", "sqrt")),
    OperatorSupport("RSQRT", "1 / sqrt(x)", _LOWERINGS, ("lut", "rsqrt")),
    OperatorSupport("SQUARE", "x * x", _FLOAT, ("square",)),
    OperatorSupport("NEG", "-x", _FLOAT, ("neg",)),
    OperatorSupport("FLOOR", "greatest integer up to x", _FLOAT, ("floor",)),
    OperatorSupport("CEIL", "least integer from x up", _FLOAT, ("ceil",)),
    OperatorSupport("ROUND", "nearest integer, halves to the even one", _FLOAT, ("round",)),
    OperatorSupport("SIGN", "-1, 0 or 1", _FLOAT, ("sign",)),
    OperatorSupport("SIN", "sine", _FLOAT, ("sin",)),
    OperatorSupport("COS", "cosine", _FLOAT, ("cos",)),
    OperatorSupport("LOGICAL_NOT", "negation", {BOOL: logical_not}, ("lut",)),
    OperatorSupport(
        kind="LEAKY_RELU",
        summary="values below 0 times a slope",
        lowerings={**_LOWERINGS, INT16: leaky_relu_s16},
        kernels=("lut", "leaky_relu"),
        restrictions=("no negative slope in int8 and int16",),
    ),
    OperatorSupport(
        kind="LOGISTIC",
        summary="1 / (1 + exp(-x))",
        lowerings=_LOWERINGS,
        kernels=("lut", "logistic"),
        restrictions=("output scale 1/256 in int8",),
    ),
    OperatorSupport("TANH", "hyperbolic tangent", _LOWERINGS, ("lut", "tanh")),
    OperatorSupport(
        kind="HARD_SWISH",
        summary="x * clamp(x + 3, 0, 6) / 6",
        lowerings=_LOWERINGS,
        kernels=("lut", "hard_swish"),
        restrictions=("output scale above 1/128 of the input's in int8",),
    ),
)
