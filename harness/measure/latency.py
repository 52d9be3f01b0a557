"""Latency of one cell: the cold call apart, the spread of the warm ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DETERMINISTIC = frozenset({"instructions", "cycle-accurate", "cycle-model"})
NAN = float("nan")


@dataclass(frozen=True)
class LatencySummary:
    """Figures in the cell's latency unit over `n` warm calls; NaN where there are none.

    Percentiles interpolate linearly between order statistics (Hyndman and Fan's type 7, numpy's
    default). `cold` is the first call since boot, NaN where it was not seen. `distinct` counts the
    different values: 1 means that every sample took exactly as long.
    """

    n: int
    cold: float
    median: float
    p95: float
    maximum: float
    minimum: float
    iqr: float
    distinct: int


def summarise(
    counts: np.ndarray, calls: np.ndarray, *, cold: float | None = None
) -> LatencySummary:
    """Summary of `counts` (N,), of which those with `calls` (N,) equal to 1 are cold.

    `cold` is a cold count taken apart from the samples; without it the cold sample stands for it.
    """
    counts = np.asarray(counts, dtype=np.float64)
    is_cold = np.asarray(calls) == 1
    warm = counts[~is_cold & np.isfinite(counts)]
    if cold is None:
        cold = float(counts[is_cold][0]) if is_cold.any() else NAN
    if warm.size == 0:
        return LatencySummary(0, cold, NAN, NAN, NAN, NAN, NAN, 0)
    lower, median, upper, p95 = np.percentile(warm, [25, 50, 75, 95])
    return LatencySummary(
        n=int(warm.size),
        cold=cold,
        median=float(median),
        p95=float(p95),
        maximum=float(warm.max()),
        minimum=float(warm.min()),
        iqr=float(upper - lower),
        distinct=int(np.unique(warm).size),
    )


def is_deterministic(timing_kind: str) -> bool:
    """True where a sample has the same count every time: the spread is then between samples."""
    return timing_kind in DETERMINISTIC
