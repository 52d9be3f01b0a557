"""Constant arrays of kernel calls: a class for each family of kernels.

Fields have the names and the order of the kernels' parameters. A field is None where a kernel of
the family has no such array.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from harness.codegen.graph import Array


@dataclass(frozen=True, eq=False)
class Constants:
    """Arrays in flash, each of a type in `calls.C_TYPES`; this base class has none."""

    def arrays(self) -> Iterator[tuple[str, Array]]:
        """Return name and values of each array, in the order of the C call."""
        for field in fields(self):
            values = getattr(self, field.name)
            if values is not None:
                yield field.name, values

    def names(self) -> tuple[str, ...]:
        """Return the names of these arrays."""
        return tuple(name for name, _ in self.arrays())

    @property
    def size(self) -> int:
        """Flash bytes."""
        return sum(int(values.nbytes) for _, values in self.arrays())


NO_CONSTANTS = Constants()


@dataclass(frozen=True, eq=False, kw_only=True)
class LayerConstants(Constants):
    """Convolutions and fully connected layers.

    Quantised layers have a multiplier and a shift for each output, or one for all in the
    parameters.
    """

    weights: Array
    bias: Array
    multipliers: Array | None = None
    shifts: Array | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class HybridConstants(Constants):
    """Layers whose rows are quantised at run time; one scale, or one for each output."""

    weights: Array
    bias: Array
    scales: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class SparseS8Constants(Constants):
    """int8 layers with element-sparse weights; `places` where windows reach into padding."""

    heads: Array
    taps: Array
    offsets: Array
    places: Array | None = None
    bias: Array
    multipliers: Array
    shifts: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class SparseBlocksConstants(Constants):
    """int8 layers with weights in blocks of four."""

    heads: Array
    places: Array
    weights: Array
    offsets: Array
    bias: Array
    multipliers: Array
    shifts: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class SparseF32Constants(Constants):
    """float32 layers with element-sparse weights; `places` where windows reach into padding."""

    heads: Array
    taps: Array
    offsets: Array
    places: Array | None = None
    weights: Array
    bias: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class SvdfConstants(Constants):
    """Singular value decomposition filters."""

    weights: Array
    time_weights: Array
    bias: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class LstmConstants(Constants):
    """Long short-term memories; int8 ones have a factor for every sum."""

    weights: Array
    recurrent: Array
    bias: Array
    multipliers: Array | None = None
    shifts: Array | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class WalkConstants(Constants):
    """Sizes and steps of a walk over tensors, after a constant second operand."""

    operand: Array | None = None
    dims: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class SelectConstants(Constants):
    """Sizes and steps of a walk over three tensors, after constant operands."""

    first: Array | None = None
    second: Array | None = None
    dims: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class GatherConstants(Constants):
    """Slices to pick from, indexes of slices; None for what is computed at run time."""

    operand: Array | None = None
    indexes: Array | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class ResizeConstants(Constants):
    """Rows and columns to read; for interpolation also the second neighbour's weight."""

    rows: Array
    columns: Array
    row_weights: Array | None = None
    column_weights: Array | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class SoftmaxConstants(Constants):
    """Tables of exp(x) and, in int16, of 1 / (1 + x)."""

    exp: Array
    reciprocal: Array | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class TableConstants(Constants):
    """Values of a function, by input."""

    table: Array
