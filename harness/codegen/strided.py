"""Dimensions with sizes and steps, merged where they are contiguous."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np

from harness.codegen.engine_constants import RANK
from harness.codegen.graph import Array
from harness.codegen.operands import require

# size, then one step for each operand
Dimension = tuple[int, ...]


def row_major(shape: Sequence[int]) -> list[int]:
    """Return the steps, in elements, of a contiguous tensor."""
    return [prod(shape[axis + 1 :]) for axis in range(len(shape))]


def merged(dimensions: Sequence[Dimension]) -> list[Dimension]:
    """Return the same walk with as few dimensions as possible."""
    result: list[Dimension] = []
    for size, *steps in dimensions:
        if size == 1:
            continue
        if result and all(
            outer == step * size for outer, step in zip(result[-1][1:], steps, strict=True)
        ):
            result[-1] = (result[-1][0] * size, *steps)
        else:
            result.append((size, *steps))
    return result


def table(dimensions: Sequence[Dimension], operands: int) -> Array:
    """Return int32 [RANK][1 + operands], padded with outer dimensions of size 1."""
    require(len(dimensions) <= RANK, f"a walk over more than {RANK} dimensions")
    rows = [(1, *[0] * operands)] * (RANK - len(dimensions)) + list(dimensions)
    return np.array(rows, dtype=np.int32)
