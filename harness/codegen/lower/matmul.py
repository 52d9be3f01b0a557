"""Kernel choice of BATCH_MATMUL of two computed operands; `passes.matmul` has constant ones."""

from __future__ import annotations

from math import prod

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.constants import WalkConstants
from harness.codegen.fixed_point import quantise_multiplier
from harness.codegen.graph import Array
from harness.codegen.lower.support import FLOAT32, INT8, OperatorSupport
from harness.codegen.operands import Operands, per_tensor, require
from harness.codegen.options import MatmulOptions
from harness.codegen.strided import merged, table
from harness.codegen.structs import MatmulParams, MatmulS8Params, Struct

_DEPTH_MAX = (1 << 31) // (255 * 255)


def matmul_f32(op: Operands) -> Call:
    """BATCH_MATMUL in float32."""
    params, dims = _site(op)
    return _call(op, "engine_matmul_f32", params, params, dims)


def matmul_s8(op: Operands) -> Call:
    """BATCH_MATMUL in int8, of operands with zero points."""
    params, dims = _site(op)
    (scale1, zero1), (scale2, zero2) = (per_tensor(op.activation(i)) for i in (0, 1))
    out_scale, out_zero = per_tensor(op.output)
    # TFLite multiplies the first two scales in float32
    product = float(np.float32(scale1) * np.float32(scale2))
    multiplier, shift = quantise_multiplier(product / out_scale)
    require(-31 <= shift <= 0, f"a rescaling factor of {product / out_scale:g}")
    require(params.depth < _DEPTH_MAX, "a sum beyond 32 bits")
    whole = MatmulS8Params(
        matmul=params,
        multiplier=multiplier,
        shift=shift,
        offset1=-zero1,
        offset2=-zero2,
        output_offset=out_zero,
    )
    return _call(op, "engine_matmul_s8", whole, params, dims)


def _site(op: Operands) -> tuple[MatmulParams, Array]:
    """Return the sizes and steps of a product, and the walk over batches."""
    first, second, output = op.activation(0), op.activation(1), op.output
    options = op.options(MatmulOptions)
    require(first.dtype == second.dtype, "operands of two types")
    require(min(len(first.shape), len(second.shape)) >= 2, "operands without 2 dimensions")
    (rows, depth), (inner, columns) = first.shape[-2:], second.shape[-2:]
    row1, step1, step2, column2 = depth, 1, columns, 1
    if options.adjoint_first:
        rows, depth, row1, step1 = depth, rows, 1, depth
    if options.adjoint_second:
        inner, columns, step2, column2 = columns, inner, 1, columns
    require(inner == depth, f"shapes {first.shape} and {second.shape}")
    rank = max(len(first.shape), len(second.shape)) - 2
    batches = [(1,) * (rank + 2 - len(t.shape)) + t.shape[:-2] for t in (first, second)]
    fits = all(a == b or 1 in (a, b) for a, b in zip(*batches, strict=True))
    require(fits, f"shapes {first.shape} and {second.shape}")
    shape = tuple(max(pair) for pair in zip(*batches, strict=True))
    require(output.shape == (*shape, rows, columns), f"output shape {output.shape}")
    steps = [
        [prod(sizes[axis + 1 :]) * each if n > 1 else 0 for axis, n in enumerate(sizes)]
        for sizes, each in zip(batches, (rows * depth, depth * columns), strict=True)
    ]
    params = MatmulParams(
        rows=rows,
        columns=columns,
        depth=depth,
        row1=row1,
        step1=step1,
        column2=column2,
        step2=step2,
    )
    return params, table(merged(list(zip(shape, *steps, strict=True))), 2)


def _call(op: Operands, kernel: str, params: Struct, sizes: MatmulParams, dims: Array) -> Call:
    macs = op.output.elements * sizes.depth
    return Call(
        kernel=kernel,
        inputs=(op.activation(0).index, op.activation(1).index),
        output=op.output.index,
        params=params,
        constants=WalkConstants(dims=dims),
        macs=macs,
        nonzero_macs=macs,
    )


OPERATORS = (
    OperatorSupport(
        kind="BATCH_MATMUL",
        summary="products of matrices, with broadcast over batches",
        lowerings={INT8: matmul_s8, FLOAT32: matmul_f32},
        kernels=("matmul",),
        restrictions=("a constant only second, as one matrix, with zero point 0 in int8",),
        sources=(0, 1),
        weights=(1,),
    ),
)
