"""Kernel choice of SOFTMAX, over the last axis."""

from __future__ import annotations

import math
from math import prod

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.constants import SoftmaxConstants
from harness.codegen.engine_constants import SOFTMAX_BITS
from harness.codegen.fixed_point import quantise_multiplier, softmax_table
from harness.codegen.lower.common import SIZE_MAX, scale_s16
from harness.codegen.lower.support import FLOAT32, INT8, INT16, OperatorSupport
from harness.codegen.lut_s16 import exp_table, reciprocal_table
from harness.codegen.operands import Operands, per_tensor, require
from harness.codegen.options import SoftmaxOptions
from harness.codegen.structs import SoftmaxF32Params, SoftmaxS8Params, SoftmaxS16Params


def softmax_s8(op: Operands) -> Call:
    """SOFTMAX in int8."""
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    require(len(source.shape) > 0, "a row without dimensions")
    scale, zero_point = per_tensor(output)
    require(zero_point == -128 and abs(scale * 256 - 1) < 1e-3, "an output scale other than 1/256")
    depth = source.shape[-1]
    require(depth < 1 << SOFTMAX_BITS, f"a row of {depth} elements")
    rows = prod(source.shape[:-1])
    require(rows <= SIZE_MAX, "more than 65535 rows")
    table = softmax_table(per_tensor(source)[0], op.options(SoftmaxOptions).beta)
    require(table is not None, "an input scale out of range")
    return Call(
        kernel="engine_softmax_s8",
        inputs=(source.index,),
        output=output.index,
        params=SoftmaxS8Params(rows=rows, depth=depth, table_size=len(table or ())),
        constants=SoftmaxConstants(exp=np.array(table, dtype=np.int32)),
        in_place=(source.index,),
    )


def softmax_f32(op: Operands) -> Call:
    """SOFTMAX in float32."""
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    require(len(source.shape) > 0, "a row without dimensions")
    rows, depth = prod(source.shape[:-1]), source.shape[-1]
    require(max(rows, depth) <= SIZE_MAX, "a size above 65535")
    beta = op.options(SoftmaxOptions).beta
    require(math.isfinite(beta), f"beta {beta}")
    return Call(
        kernel="engine_softmax_f32",
        inputs=(source.index,),
        output=output.index,
        params=SoftmaxF32Params(rows=rows, depth=depth, beta=beta),
        in_place=(source.index,),
    )


def softmax_s16(op: Operands) -> Call:
    """SOFTMAX in int16, with tables of exp(x) and 1 / (1 + x)."""
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    require(len(source.shape) > 0, "a row without dimensions")
    require(abs(scale_s16(output) * (1 << 15) - 1) < 1e-3, "an output scale other than 1/32768")
    rows, depth = prod(source.shape[:-1]), source.shape[-1]
    require(max(rows, depth) <= SIZE_MAX, "a size above 65535")
    beta = float(np.float32(op.options(SoftmaxOptions).beta))
    require(0 < beta < float("inf"), f"beta {beta}")
    multiplier, shift = quantise_multiplier(scale_s16(source) * beta / (10.0 / 65535.0))
    require(shift <= 15, "an input scale out of range")
    return Call(
        kernel="engine_softmax_s16",
        inputs=(source.index,),
        output=output.index,
        params=SoftmaxS16Params(rows=rows, depth=depth, multiplier=multiplier, shift=shift),
        constants=SoftmaxConstants(exp=exp_table(), reciprocal=reciprocal_table()),
        in_place=(source.index,),
    )


OPERATORS = (
    OperatorSupport(
        kind="SOFTMAX",
        summary="softmax over the last axis",
        lowerings={INT8: softmax_s8, FLOAT32: softmax_f32, INT16: softmax_s16},
        kernels=("softmax",),
        restrictions=(
            "output scale 1/256 with zero point -128 in int8, 1/32768 in int16",
            "rows of at most 4095 elements in int8",
        ),
    ),
)
