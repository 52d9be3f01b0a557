"""Kernel choice of SELECT and SELECT_V2: elements of two operands, by a condition."""

from __future__ import annotations

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.constants import SelectConstants
from harness.codegen.graph import ITEM_BYTES
from harness.codegen.lower.support import OperatorSupport, Types
from harness.codegen.operands import Operands, data_of, require
from harness.codegen.strided import merged, row_major, table
from harness.codegen.structs import SelectParams


def select(op: Operands) -> Call:
    """SELECT and SELECT_V2, with broadcast; SELECT takes rows by a vector, too."""
    condition, first, second, output = op.activation(0), op.value(1), op.value(2), op.output
    require(first.dtype == second.dtype == output.dtype, "operands of two types")
    rank = len(output.shape)
    shapes = [tensor.shape for tensor in (condition, first, second)]
    if op.operator.kind == "SELECT" and len(shapes[0]) == 1 < rank:
        shapes[0] = (*shapes[0], *(1,) * (rank - 1))
    require(max(map(len, shapes)) <= rank, f"output shape {output.shape}")
    wide = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    fits = all(n in (1, m) for shape in wide for n, m in zip(shape, output.shape, strict=True))
    require(fits, f"shapes {shapes} and {output.shape}")
    steps = [
        [step if n > 1 else 0 for n, step in zip(shape, row_major(shape), strict=True)]
        for shape in wide
    ]
    # constants come last; alone, the first operand changes places with the second
    swapped = op.is_constant(1) and not op.is_constant(2)
    if swapped:
        first, second, steps = second, first, [steps[0], steps[2], steps[1]]
    computed = [tensor.index for tensor in (first, second) if tensor.data is None]
    return Call(
        kernel="engine_select",
        inputs=(condition.index, *computed),
        output=output.index,
        params=SelectParams(
            item=ITEM_BYTES[output.dtype],
            flip=int(swapped),
            constant1=int(first.data is not None),
            constant2=int(second.data is not None),
        ),
        constants=SelectConstants(
            first=None if first.data is None else data_of(first),
            second=None if second.data is None else data_of(second),
            dims=table(merged(list(zip(output.shape, *steps, strict=True))), 3).astype(np.int32),
        ),
    )


_TYPES: tuple[Types, ...] = tuple(
    ("bool", dtype) for dtype in ("int8", "float32", "int16", "int32", "bool")
)
OPERATORS = tuple(
    OperatorSupport(
        kind=kind,
        summary=f"elements of one of two operands{further}",
        lowerings=dict.fromkeys(_TYPES, select),
        kernels=("select",),
        restrictions=("a computed condition",),
    )
    for kind, further in (("SELECT", ""), ("SELECT_V2", ", with broadcast"))
)
