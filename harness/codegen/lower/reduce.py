"""Kernel choice of MEAN, SUM, REDUCE_MAX and REDUCE_MIN."""

from __future__ import annotations

from math import prod

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.constants import WalkConstants
from harness.codegen.fixed_point import quantise_multiplier
from harness.codegen.graph import Array
from harness.codegen.lower.common import integers, same_quantisation, scale_s16
from harness.codegen.lower.support import BOOL, FLOAT32, INT8, INT16, OperatorSupport
from harness.codegen.operands import Operands, per_tensor, require
from harness.codegen.strided import merged, row_major, table
from harness.codegen.structs import ReduceParams

_EXTREMES = {"REDUCE_MAX": "reduce_max", "REDUCE_MIN": "reduce_min"}


def reduce_f32(op: Operands) -> Call:
    """MEAN, SUM, REDUCE_MAX and REDUCE_MIN in float32."""
    names = {"MEAN": "mean", "SUM": "sum_over", "REDUCE_PROD": "reduce_prod"} | _EXTREMES
    return _reduce(op, f"engine_{names[op.operator.kind]}_f32", 0, 0, 0, 0)


def reduce_s8(op: Operands) -> Call:
    """MEAN, SUM, REDUCE_MAX and REDUCE_MIN in int8; SUM is a mean without the division."""
    (in_scale, in_zero), (out_scale, out_zero) = per_tensor(op.activation(0)), per_tensor(op.output)
    if op.operator.kind in _EXTREMES:
        same_quantisation(op.activation(0), op.output)
        return _reduce(op, f"engine_{_EXTREMES[op.operator.kind]}_s8", 0, 0, 0, 0)
    count, multiplier, shift = _mean(op, in_scale / out_scale, 255)
    return _reduce(op, "engine_mean_s8", multiplier, shift, -in_zero * count, out_zero)


def mean_s16(op: Operands) -> Call:
    """MEAN in int16."""
    factor = scale_s16(op.activation(0)) / scale_s16(op.output)
    _, multiplier, shift = _mean(op, factor, 1 << 15)
    return _reduce(op, "engine_mean_s16", multiplier, shift, 0, 0)


def _mean(op: Operands, factor: float, greatest: int) -> tuple[int, int, int]:
    """Return the elements of a mean or sum, multiplier and shift; elements reach to `greatest`."""
    count = op.activation(0).elements // op.output.elements
    require(1 <= count < 1 << 23, f"a mean of {count} elements")
    multiplier, shift = quantise_multiplier(factor)
    if op.operator.kind == "MEAN":
        # reference/reduce.h folds the division into the multiplier, shifted left as far as possible
        up = min(count.bit_length() - 1, 32, 31 + shift)
        multiplier, shift = (multiplier << up) // count, shift - up
    require(-31 <= shift <= 30, f"a rescaling factor of {factor:g}")
    require(count * greatest << max(shift, 0) < 1 << 31, "a sum beyond 32 bits")
    return count, multiplier, shift


def _reduce(
    op: Operands, kernel: str, multiplier: int, shift: int, offset: int, out_zero: int
) -> Call:
    source, output = op.activation(0), op.output
    rank = len(source.shape)
    axes = integers(op, 1)
    require(all(-rank <= axis < rank for axis in axes), f"axes {axes}")
    reduced = {axis % rank for axis in axes}
    steps = row_major(source.shape)
    halves = [
        [(source.shape[a], steps[a]) for a in range(rank) if (a in reduced) == wanted]
        for wanted in (False, True)
    ]
    kept, gone = (prod(size for size, _ in half) for half in halves)
    require(kept == output.elements, f"output shape {output.shape}")
    dims: Array = np.concatenate([table(merged(half), 1) for half in halves])
    return Call(
        kernel=kernel,
        inputs=(source.index,),
        output=output.index,
        params=ReduceParams(
            count=kept,
            reduced=gone,
            multiplier=multiplier,
            offset=offset,
            shift=shift,
            output_offset=out_zero,
        ),
        constants=WalkConstants(dims=dims),
    )


def reduce_bool(op: Operands) -> Call:
    """REDUCE_ALL and REDUCE_ANY: the least and the greatest of 0 and 1."""
    name = "min" if op.operator.kind == "REDUCE_ALL" else "max"
    return _reduce(op, f"engine_reduce_{name}_s8", 0, 0, 0, 0)


_LOWERINGS = {INT8: reduce_s8, FLOAT32: reduce_f32}
_AXES = "constant axes"
_EQUAL = "one scale and zero point for input and output in int8"
OPERATORS = (
    OperatorSupport("MEAN", "mean over axes", _LOWERINGS | {INT16: mean_s16}, ("mean",), (_AXES,)),
    OperatorSupport("SUM", "sum over axes", _LOWERINGS, ("mean", "sum_over"), (_AXES,)),
    OperatorSupport(
        "REDUCE_MAX", "maximum over axes", _LOWERINGS, ("reduce_max",), (_AXES, _EQUAL)
    ),
    OperatorSupport(
        "REDUCE_MIN", "minimum over axes", _LOWERINGS, ("reduce_min",), (_AXES, _EQUAL)
    ),
    OperatorSupport(
        "REDUCE_PROD", "product over axes", {FLOAT32: reduce_f32}, ("reduce_prod",), (_AXES,)
    ),
    OperatorSupport("REDUCE_ALL", "all over axes", {BOOL: reduce_bool}, ("reduce_min",), (_AXES,)),
    OperatorSupport("REDUCE_ANY", "any over axes", {BOOL: reduce_bool}, ("reduce_max",), (_AXES,)),
)
