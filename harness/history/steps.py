"""Where a series of figures stepped: exactly for counters that repeat, by a rank test for times.

The test is a scan of the two-sample rank sum over every place to cut (a CUSUM of ranks; Pettitt
1979 has the idea), its p value taken from permutations, as Pettitt's own formula is an
approximation that sees nothing in fewer than some sixteen runs. Neighbouring runs share
load and temperature: blocks of them are permuted, which keeps what they share (Carlstein 1986).
Found steps cut the series, and each piece is tested again (binary segmentation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SIGNIFICANT = 0.01
PERMUTATIONS = 9_999
FEWEST = 10  # of fewer values no order has a p value below 0.01: 2 / C(10, 5) = 0.008
SHORTEST = 3  # values on either side of a step
BLOCKS = 10  # permuted at least; fewer have no order with a p value below 0.01


@dataclass(frozen=True)
class Step:
    """A change between values `at` - 1 and `at`; `p` is None where every change counts.

    `before` and `after`: the values, or the medians of the stretches beside a tested step.
    """

    at: int
    before: float
    after: float
    p: float | None = None

    @property
    def change(self) -> float | None:
        """The relative change, a fraction; None from zero."""
        return (self.after - self.before) / abs(self.before) if self.before else None


def exact_steps(values: Sequence[float]) -> list[Step]:
    """Every change, however small: for figures that repeat from run to run."""
    return [
        Step(at, values[at - 1], values[at])
        for at in range(1, len(values))
        if values[at] != values[at - 1]
    ]


def scanned_steps(values: Sequence[float], least_change: float) -> list[Step]:
    """Changes with p < SIGNIFICANT and a relative change of medians of at least `least_change`.

    `values` are one figure a run, by time; fewer than FEWEST have no steps. The permutations are
    drawn with a fixed seed: the same values have the same steps.
    """
    series = np.asarray(values, dtype=float)
    cuts = sorted(_cuts(series, 0, least_change))
    ends = [0, *(at for at, _ in cuts), len(series)]
    found = []
    for place, (at, p) in enumerate(cuts):
        before = float(np.median(series[ends[place] : at]))
        after = float(np.median(series[at : ends[place + 2]]))
        found.append(Step(at, before, after, p))
    return found


def _cuts(series: np.ndarray, start: int, least_change: float) -> list[tuple[int, float]]:
    if len(series) < FEWEST:
        return []
    ranks = _ranks(series)
    statistic = _scan(ranks[np.newaxis])[0]
    at = SHORTEST + int(np.argmax(statistic))
    before, after = np.median(series[:at]), np.median(series[at:])
    if before == after or abs(after - before) < least_change * abs(before):
        return []
    shuffled = _permuted(ranks, block_length(len(ranks)))
    as_far = int((_scan(shuffled).max(axis=1) >= statistic.max() - 1e-9).sum())
    p = (1 + as_far) / (1 + PERMUTATIONS)
    if p >= SIGNIFICANT:
        return []
    left = _cuts(series[:at], start, least_change)
    return [*left, (start + at, p), *_cuts(series[at:], start + at, least_change)]


def block_length(runs: int) -> int:
    """Runs in a block that is permuted as a whole; 1 where blocks would be too few."""
    return max(1, runs // BLOCKS)


def _permuted(ranks: np.ndarray, length: int) -> np.ndarray:
    """Rows (PERMUTATIONS, n) of the ranks with their blocks in random order.

    The first block is cut at random, so that no pair of neighbours is always kept or parted.
    """
    rng = np.random.default_rng(0)
    offsets = rng.integers(0, length, (PERMUTATIONS, 1))
    blocks = (np.arange(len(ranks)) + offsets) // length
    keys = rng.random((PERMUTATIONS, int(blocks.max()) + 1))
    order = np.argsort(np.take_along_axis(keys, blocks, axis=1), axis=1, kind="stable")
    found: np.ndarray = ranks[order]
    return found


def _scan(ranks: np.ndarray) -> np.ndarray:
    """Standardised distance from its mean of the rank sum before each cut: (m, n) to (m, cuts)."""
    n = ranks.shape[1]
    sizes = np.arange(SHORTEST, n - SHORTEST + 1)
    sums = np.cumsum(ranks - ranks.mean(axis=1, keepdims=True), axis=1)[:, sizes - 1]
    found: np.ndarray = np.abs(sums) / np.sqrt(sizes * (n - sizes) / n)
    return found


def _ranks(series: np.ndarray) -> np.ndarray:
    """Ranks from 1, equal values sharing the mean of theirs."""
    _, inverse, counts = np.unique(series, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    means: np.ndarray = (last - (counts - 1) / 2)[inverse]
    return means
