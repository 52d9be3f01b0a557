"""Model of the execution time of dense and sparse layers, by family of cores.

The coefficients are data (cost_table.toml), measured and written by benchmarks/calibrate.py.
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
from harness.codegen.prefer import BALANCED, Offer, Prefer, takes_blocks, takes_sparse, traded

TABLE = Path(__file__).with_name("cost_table.toml")


@dataclass(frozen=True)
class Work:
    """Size of a convolution or fully connected layer, as far as its time depends on it."""

    windows: int  # windows inside the input
    border: int  # windows that reach into the padding
    runs: int  # contiguous stretches of a window
    taps: int  # weights of a filter
    stored: int  # the same with the padding of dense int8 kernels
    live: int  # filters with weights
    constant: int  # filters without weights
    segments: int
    nonzero: int  # weights of all filters that are not zero
    # Where a max pool of four windows follows: computed by the dense, by the sparse kernel, too
    pooled_by: tuple[bool, bool] | None = None
    blocks: int = 0  # blocks of four weights that hold them

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
    """Time of a window, of each of its taps, of an output, and of a multiplication.

    `odd`: extra time of a multiplication in filters beyond groups of four. `pool`: time of a
    separate max pool for each output of the convolution.
    """

    window: float
    load: float
    output: float
    mac: float
    odd: float
    pool: float = 0.0

    @staticmethod
    def amounts(work: Work) -> tuple[float, ...]:
        """Return the number of occurrences of each coefficient."""
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
        """Return the time of the layer with all its weights."""
        return _sum(self, self.amounts(work))


@dataclass(frozen=True)
class SparseCost:
    """Time of one window, or of a block of windows that are computed together."""

    window: float
    filter: float
    constant: float
    segment: float
    nonzero: float

    @staticmethod
    def amounts(work: Work) -> tuple[float, ...]:
        """Return the number of occurrences of each coefficient in one window or block."""
        return (1, work.live, work.constant, work.segments * work.live, work.nonzero)

    def of(self, work: Work) -> float:
        """Return the time of all filters."""
        return _sum(self, self.amounts(work))


@dataclass(frozen=True)
class Timing:
    """Coefficients of one element type on one family of cores."""

    vector: DenseCost
    matrix: DenseCost  # a fully connected layer of many rows, and 1x1 convolutions
    conv: DenseCost
    one: SparseCost
    border: SparseCost
    four: SparseCost
    best: SparseCost  # a block of windows of which a max pool keeps the greatest
    # One and two windows with weights in blocks; cores without DSP instructions have neither
    block_one: SparseCost | None = None
    block_two: SparseCost | None = None

    def dense(self, work: Work) -> float:
        """Return the time of the layer with all its weights."""
        if work.runs > 1:
            return self.conv.of(work)
        return (self.vector if work.outputs == 1 else self.matrix).of(work)

    def sparse(self, work: Work) -> float:
        """Return the time of the layer with its non-zero weights only."""
        if work.pooled_by is not None and work.pooled_by[1]:
            return work.windows / SPARSE_WINDOWS * self.best.of(work)
        blocks, single = divmod(work.windows, SPARSE_WINDOWS)
        time = single * self.one.of(work) + work.border * self.border.of(work)
        time += blocks * self.four.of(work)
        if work.pooled_by == (True, False):
            time += work.outputs * work.filters * self.conv.pool
        return time

    def blocks(self, work: Work) -> float | None:
        """Return the time of the layer with weights in blocks, None where it was not measured."""
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
    """Cores that share coefficients: the unit of times, and coefficients by element type."""

    unit: str
    timings: Mapping[str, Timing]


def cheaper(
    dense: Call, sparse: Call, work: Work, dtype: str, core: str, prefer: Prefer = BALANCED
) -> Call:
    """Return the dense or the sparse call, by modelled time on that core, flash and preference.

    Without zero weights the dense call is taken.
    """
    family = _family(core)
    timing = family.timings[dtype]
    offers = {
        True: Offer(timing.sparse(work), sparse.const_bytes),
        False: Offer(timing.dense(work), dense.const_bytes),
    }
    is_sparse = work.nonzero < work.weights and takes_sparse(offers[True], offers[False], prefer)
    chosen, other = offers[is_sparse], offers[not is_sparse]
    reason = (
        f"{'sparse' if is_sparse else 'dense'}: {work.nonzero:,} of {work.weights:,} weights, "
        f"{_compared(chosen, other, prefer, family.unit)}"
    )
    call = sparse if is_sparse else dense
    return replace(call, reason=reason, time=chosen.time, time_unit=family.unit)


def with_blocks(
    best: Call, blocks: Call, work: Work, dtype: str, core: str, prefer: Prefer = BALANCED
) -> Call:
    """Return the call with weights in blocks, where it is better than the best."""
    family = _family(core)
    time = family.timings[dtype].blocks(work)
    if time is None or best.time is None:
        return best
    offer, other = Offer(time, blocks.const_bytes), Offer(best.time, best.const_bytes)
    if not takes_blocks(offer, other, prefer, best_is_dense="sparse" not in best.kernel):
        return best
    reason = (
        f"sparse: {work.nonzero:,} of {work.weights:,} weights in {work.blocks:,} blocks of four, "
        f"{_compared(offer, other, prefer, family.unit)}"
    )
    return replace(blocks, reason=reason, time=time, time_unit=family.unit)


def unfused_time(call: Call, work: Work, dtype: str, core: str) -> float:
    """Return the time of a call that computes no pool: the pool behind it has a time of its own."""
    timing, alone = _family(core).timings[dtype], replace(work, pooled_by=None)
    return timing.sparse(alone) if "sparse" in call.kernel else timing.dense(alone)


def unit_of(core: str) -> str:
    """Return the unit of modelled times on that core: instructions or cycles."""
    return _family(core).unit


def _compared(chosen: Offer, other: Offer, prefer: Prefer, unit: str) -> str:
    return (
        f"modelled {_thousands(chosen.time)} against {_thousands(other.time)} {unit}, "
        f"{chosen.flash:,} against {other.flash:,} B{traded(chosen, other, prefer, unit)}"
    )


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
