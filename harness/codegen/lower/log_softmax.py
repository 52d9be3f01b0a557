"""Kernel choice of LOG_SOFTMAX, over the last axis."""

from __future__ import annotations

import math
from math import prod

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.constants import SoftmaxConstants
from harness.codegen.fixed_point import (
    INT32_MAX,
    doubling_high_mul,
    exp_on_negative,
    quantise_multiplier,
    rounding_shift,
)
from harness.codegen.lower.common import SIZE_MAX
from harness.codegen.lower.support import FLOAT32, INT8, OperatorSupport
from harness.codegen.operands import Operands, per_tensor, require
from harness.codegen.structs import LogSoftmaxF32Params, LogSoftmaxS8Params

_SUM_BITS = 12  # before the binary point of sums of exponentials, which fit up to 2**12 elements


def log_softmax_s8(op: Operands) -> Call:
    """LOG_SOFTMAX in int8 (reference_integer_ops::LogSoftmax), with a table of exponentials."""
    rows, depth = _rows(op)
    scale, zero_point = per_tensor(op.output)
    require((scale, zero_point) == (1 / 16, 127), "an output scale other than 1/16")
    require(depth < 1 << _SUM_BITS, f"a row of {depth} elements")
    real = min(per_tensor(op.activation(0))[0] * (1 << 26), INT32_MAX)
    require(real > 1.0, "an input scale out of range")
    multiplier, shift = quantise_multiplier(real)
    reverse, reverse_shift = quantise_multiplier((1 << (31 - shift)) / multiplier)
    radius = math.floor(31 * (1 << 26) / (1 << shift))
    table = [
        rounding_shift(exp_on_negative(doubling_high_mul(-below << shift, multiplier)), _SUM_BITS)
        for below in range(min(radius, 255) + 1)
    ]
    return Call(
        kernel="engine_log_softmax_s8",
        inputs=(op.activation(0).index,),
        output=op.output.index,
        params=LogSoftmaxS8Params(
            rows=rows,
            depth=depth,
            table_size=len(table),
            shift=shift,
            multiplier=multiplier,
            reverse_multiplier=reverse,
            reverse_shift=-reverse_shift,
        ),
        constants=SoftmaxConstants(exp=np.array(table, dtype=np.int32)),
        in_place=(op.activation(0).index,),
    )


def log_softmax_f32(op: Operands) -> Call:
    """LOG_SOFTMAX in float32."""
    rows, depth = _rows(op)
    return Call(
        kernel="engine_log_softmax_f32",
        inputs=(op.activation(0).index,),
        output=op.output.index,
        params=LogSoftmaxF32Params(rows=rows, depth=depth),
        in_place=(op.activation(0).index,),
    )


def _rows(op: Operands) -> tuple[int, int]:
    source = op.activation(0)
    require(source.shape == op.output.shape, "shapes that differ")
    require(len(source.shape) > 0, "a row without dimensions")
    rows, depth = prod(source.shape[:-1]), source.shape[-1]
    require(max(rows, depth) <= SIZE_MAX, "a size above 65535")
    return rows, depth


OPERATORS = (
    OperatorSupport(
        kind="LOG_SOFTMAX",
        summary="logarithm of softmax over the last axis",
        lowerings={INT8: log_softmax_s8, FLOAT32: log_softmax_f32},
        kernels=("log_softmax",),
        restrictions=(
            "output scale 1/16 with zero point 127 in int8",
            "rows of at most 4095 elements in int8",
        ),
    ),
)
