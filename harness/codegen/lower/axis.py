"""Kernel choice of CAST, and of operators along one axis: ARG_MAX, ARG_MIN and CUMSUM."""

from __future__ import annotations

from math import prod

from harness.codegen.calls import Call
from harness.codegen.lower.common import axis_of, integers
from harness.codegen.lower.support import FLOAT32, INT32, OperatorSupport, Types
from harness.codegen.operands import Operands, require
from harness.codegen.options import CumsumOptions
from harness.codegen.structs import AxisParams, CastParams

# the enumeration in engine_kernels_types.h
_NUMBERS = {"int8": 0, "int16": 1, "int32": 2, "float32": 3, "bool": 4, "uint8": 5}


def cast(op: Operands) -> Call:
    """CAST between numbers; quantised ones are taken as integers."""
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    return Call(
        kernel="engine_cast",
        inputs=(source.index,),
        output=output.index,
        params=CastParams(
            count=output.elements, source=_NUMBERS[source.dtype], target=_NUMBERS[output.dtype]
        ),
    )


def arg(op: Operands) -> Call:
    """ARG_MAX and ARG_MIN along a constant axis; the first of equal elements."""
    source, output = op.activation(0), op.output
    axis = _axis(op, 1)
    shape = (*source.shape[:axis], *source.shape[axis + 1 :])
    require(prod(shape) == output.elements, f"output shape {output.shape}")
    return Call(
        kernel="engine_arg_s8" if source.dtype == "int8" else "engine_arg_f32",
        inputs=(source.index,),
        output=output.index,
        params=_params(op, axis, reverse=op.operator.kind == "ARG_MIN"),
    )


def cumsum(op: Operands) -> Call:
    """CUMSUM along a constant axis."""
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    options = op.options(CumsumOptions)
    params = _params(op, _axis(op, 1), reverse=options.reverse, exclusive=options.exclusive)
    return Call(
        kernel="engine_cumsum_f32" if source.dtype == "float32" else "engine_cumsum_i32",
        inputs=(source.index,),
        output=output.index,
        params=params,
    )


def _axis(op: Operands, position: int) -> int:
    values = integers(op, position)
    require(len(values) == 1, f"{len(values)} axes")
    return axis_of(values[0], op.activation(0))


def _params(op: Operands, axis: int, *, reverse: bool, exclusive: bool = False) -> AxisParams:
    shape = op.activation(0).shape
    return AxisParams(
        outer=prod(shape[:axis]),
        size=shape[axis],
        inner=prod(shape[axis + 1 :]),
        reverse=int(reverse),
        exclusive=int(exclusive),
    )


_CASTS: tuple[Types, ...] = tuple((a, b) for a in _NUMBERS for b in _NUMBERS)
_POSITIONS: tuple[Types, ...] = (("int8", "int32"), ("float32", "int32"))
OPERATORS = (
    OperatorSupport("CAST", "another type", dict.fromkeys(_CASTS, cast), ("cast",)),
    OperatorSupport(
        kind="ARG_MAX",
        summary="position of the greatest element",
        lowerings=dict.fromkeys(_POSITIONS, arg),
        kernels=("arg",),
        restrictions=("constant axis",),
    ),
    OperatorSupport(
        kind="ARG_MIN",
        summary="position of the least element",
        lowerings=dict.fromkeys(_POSITIONS, arg),
        kernels=("arg",),
        restrictions=("constant axis",),
    ),
    OperatorSupport(
        kind="CUMSUM",
        summary="running sum along an axis",
        lowerings={FLOAT32: cumsum, INT32: cumsum},
        kernels=("cumsum",),
        restrictions=("constant axis",),
    ),
)
