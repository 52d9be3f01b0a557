"""Modelled execution time of dense and sparse layers, by family of cores.

The numbers are data, cost_table.toml; benchmarks/calibrate.py measures and writes them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path

from harness.codegen.calls import Call
from harness.codegen.cores import core_named
from harness.codegen.engine_constants import BLOCK, POOL_PIXELS, SPARSE_WINDOWS

TABLE = Path(__file__).with_name("cost_table.toml")


@dataclass(frozen=True)
class Work:
    """Work of a convolution or fully connected layer.

    `windows` counts those that lie inside the input, `border` the others. `runs` is the number of
    contiguous stretches a window consists of, `taps` that of the weights of a filter, `stored` that
    with what the dense int8 kernels fill up; `live` and
    `constant` count filters with and without weights, `nonzero` weights of all filters, `blocks`
    those of four that hold them where they are stored so. Where a
    max pool of four windows follows, `pooled_by` tells whether the dense and the sparse kernel
    compute it too.
    """

    windows: int
    border: int
    runs: int
    taps: int
    stored: int
    live: int
    constant: int
    segments: int
    nonzero: int
    pooled_by: tuple[bool, bool] | None = None
    blocks: int = 0

    @property
    def filters(self) -> int:
        """Number of filters."""
        return self.live + self.constant

    @property
    def weights(self) -> int:
        """Number of weights, zeros included."""
        return self.filters * self.taps

    @property
    def outputs(self) -> int:
        """Number of windows, inside and at the border."""
        return self.windows + self.border


@dataclass(frozen=True)
class DenseCost:
    """Time of a window, of each of its taps, of an output, of a multiplication.

    `odd`: further time of a multiplication of filters beyond groups of four. `pool`: of a max pool
    that is computed by itself, for each output of the convolution.
    """

    window: float
    load: float
    output: float
    mac: float
    odd: float
    pool: float = 0.0

    @staticmethod
    def amounts(work: Work) -> tuple[float, ...]:
        """How often each of the times above is taken."""
        pooled, by_itself = (work.pooled_by or (False, False))[0], work.pooled_by == (False, True)
        taps = work.outputs * work.stored
        return (
            work.outputs,
            taps,
            work.outputs * work.filters / (POOL_PIXELS if pooled else 1),
            taps * work.filters,
            taps * (work.filters % BLOCK),
            work.outputs * work.filters if by_itself else 0,
        )

    def of(self, work: Work) -> float:
        """Time of the layer with all its weights."""
        return _sum(self, self.amounts(work))


@dataclass(frozen=True)
class SparseCost:
    """Time of one window, or of a block of windows that are computed at once."""

    window: float
    filter: float
    constant: float
    segment: float
    nonzero: float

    @staticmethod
    def amounts(work: Work) -> tuple[float, ...]:
        """How often each of the times above is taken in one window or block."""
        return (1, work.live, work.constant, work.segments * work.live, work.nonzero)

    def of(self, work: Work) -> float:
        """Time of all filters."""
        return _sum(self, self.amounts(work))


@dataclass(frozen=True)
class Timing:
    """Of one element type on one family of cores.

    `vector` is a fully connected layer of one row, `matrix` one of many (1x1 convolutions too).
    `best` is a block of windows of which a max pool keeps the greatest. `block_one` and `block_two`
    are one and two windows with weights in blocks, which count in place of weights that are not
    zero; cores without DSP instructions have no use for them.
    """

    vector: DenseCost
    matrix: DenseCost
    conv: DenseCost
    one: SparseCost
    border: SparseCost
    four: SparseCost
    best: SparseCost
    block_one: SparseCost | None = None
    block_two: SparseCost | None = None

    def dense(self, work: Work) -> float:
        """Time of the layer with all its weights."""
        if work.runs > 1:
            return self.conv.of(work)
        return (self.vector if work.outputs == 1 else self.matrix).of(work)

    def sparse(self, work: Work) -> float:
        """Time of the layer with its non-zero weights only."""
        if work.pooled_by is not None and work.pooled_by[1]:
            return work.windows / SPARSE_WINDOWS * self.best.of(work)
        blocks, single = divmod(work.windows, SPARSE_WINDOWS)
        time = single * self.one.of(work) + work.border * self.border.of(work)
        time += blocks * self.four.of(work)
        if work.pooled_by == (True, False):
            time += work.outputs * work.filters * self.conv.pool
        return time

    def blocks(self, work: Work) -> float | None:
        """Time of the layer with its weights in blocks, None where that was not measured."""
        if self.block_one is None or self.block_two is None or work.pooled_by is not None:
            return None
        counted = replace(work, nonzero=work.blocks)
        pairs, single = divmod(work.windows, 2)
        return pairs * self.block_two.of(counted) + single * self.block_one.of(counted)


def _sum(cost: DenseCost | SparseCost, amounts: tuple[float, ...]) -> float:
    times: list[float] = [getattr(cost, field.name) for field in fields(cost)]
    return sum(time * amount for time, amount in zip(times, amounts, strict=True))


@dataclass(frozen=True)
class Family:
    """Cores that share a model: the unit of its times, and the times by element type."""

    unit: str
    timings: Mapping[str, Timing]


# The greatest errors of the fits of one row and of one window (cost_table.toml) are 6 and 12 %.
_EQUAL = 1.1
# As multiples of the dense layer's: the flash that a sparse one may take for so little time, and
# the time for so little flash.
_FLASH_FOR_TIME = 1.05
_LITTLE_TIME = 0.8
_TIME_FOR_FLASH = 4 / 3
_LITTLE_FLASH = 3 / 4


def cheaper(dense: Call, sparse: Call, work: Work, dtype: str, core: str) -> Call:
    """The call with the shorter modelled time on that core, if it takes no more flash.

    Times that differ by less than the model's error count as equal: the smaller one is taken. With
    half of the weights, as 2:4 sparsity leaves them, the sparse one is a little larger: it is taken
    where it is faster by far, as on cores that multiply one by one. With few weights left it may
    take somewhat more time, as the dense one does on cores with DSP instructions: flash is what
    pruning saves there. Without zeros it is the dense one.
    """
    family = _family(core)
    timing = family.timings[dtype]
    dense_time, sparse_time = timing.dense(work), timing.sparse(work)
    equal = max(dense_time, sparse_time) <= _EQUAL * min(dense_time, sparse_time)
    smaller = sparse.const_bytes < dense.const_bytes

    def within(time: float, flash: float) -> bool:
        return sparse_time <= time * dense_time and sparse.const_bytes <= flash * dense.const_bytes

    is_sparse = work.nonzero < work.weights and (
        (smaller and (equal or sparse_time < dense_time))
        or within(_LITTLE_TIME, _FLASH_FOR_TIME)
        or within(_TIME_FOR_FLASH, _LITTLE_FLASH)
    )
    times = (sparse_time, dense_time) if is_sparse else (dense_time, sparse_time)
    chosen, other = (sparse, dense) if is_sparse else (dense, sparse)
    reason = (
        f"{'sparse' if is_sparse else 'dense'}: {work.nonzero:,} of {work.weights:,} weights, "
        f"modelled {_thousands(times[0])} against {_thousands(times[1])} {family.unit}, "
        f"{chosen.const_bytes:,} against {other.const_bytes:,} B"
    )
    return replace(chosen, reason=reason, time=times[0], time_unit=family.unit)


def with_blocks(best: Call, blocks: Call, work: Work, dtype: str, core: str) -> Call:
    """The call by blocks, if it is modelled faster than the best one and takes no more flash."""
    family = _family(core)
    time = family.timings[dtype].blocks(work)
    if time is None or best.time is None or time >= best.time:
        return best
    if blocks.const_bytes >= best.const_bytes:
        return best
    reason = (
        f"sparse: {work.nonzero:,} of {work.weights:,} weights in {work.blocks:,} blocks of four, "
        f"modelled {_thousands(time)} against {_thousands(best.time)} {family.unit}, "
        f"{blocks.const_bytes:,} against {best.const_bytes:,} B"
    )
    return replace(blocks, reason=reason, time=time, time_unit=family.unit)


def _family(core: str) -> Family:
    return _families()[core_named(core).measured_as]


@cache
def _families() -> Mapping[str, Family]:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {
        core: Family(
            entry["unit"],
            {dtype: _timing(entry[dtype]) for dtype in ("int8", "float32")},
        )
        for core, entry in table.items()
    }


def _timing(entry: Mapping[str, Mapping[str, float]]) -> Timing:
    kinds: dict[str, DenseCost | SparseCost] = {}
    for field in fields(Timing):
        if field.name not in entry:
            continue
        cost = DenseCost if field.type == "DenseCost" else SparseCost
        names = {each.name for each in fields(cost)}
        numbers = {name: value for name, value in entry[field.name].items() if name in names}
        kinds[field.name] = cost(**numbers)
    return Timing(**kinds)  # type: ignore[arg-type]


def _thousands(count: float) -> str:
    return f"{count / 1000:,.1f} k" if count >= 1000 else f"{count:.0f}"
