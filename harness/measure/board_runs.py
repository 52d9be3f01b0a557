"""Times of boards: a run is one observation, for calls within a run are autocorrelated.

A run's figure is the mean of the logarithms of its times. Runs differ by temperature, placement of
code and neighbours; how much is known from the runs of the baseline, pooled over the cells of a
target. A cell is judged by a t test on its mean; the level is shared out over all cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, inf, log, sqrt
from statistics import NormalDist, variance

import numpy as np

RUNS = 5  # of the baseline, and of a cell that has to be judged
SUSPICIOUS = 1.5  # standard deviations by which one run may differ without more being asked for
ASSUMED = 0.03  # spread between runs where the baseline has one run only


def log_mean(times: np.ndarray) -> float:
    """Mean natural logarithm of the positive times (N,); NaN where there are none."""
    positive = times[np.isfinite(times) & (times > 0)]
    return float(np.log(positive).mean()) if positive.size else float("nan")


@dataclass(frozen=True)
class RunSpread:
    """Standard deviation `s` between runs of logarithmic means, with its degrees of freedom.

    0 degrees of freedom: `s` is assumed, as no cell has two runs.
    """

    s: float
    df: int

    @classmethod
    def of(cls, cells: Iterable[Sequence[float]], resolution: float = 0.0) -> RunSpread:
        """Pool the variance between the runs of several cells of one target.

        `resolution`: relative size of the clock's step, which is the least spread there is.
        """
        known = [runs for runs in cells if len(runs) > 1]
        df = sum(len(runs) - 1 for runs in known)
        if not df:
            return cls(max(ASSUMED, resolution), 0)
        squares = sum(variance(runs) * (len(runs) - 1) for runs in known)
        return cls(max(sqrt(squares / df), resolution), df)

    def threshold(self, runs: int, baseline_runs: int, level: float) -> float:
        """Difference of means of `runs` and `baseline_runs` with one-sided probability `level`."""
        return _quantile(1 - level, self.df) * self.s * sqrt(1 / runs + 1 / baseline_runs)

    def visible(self, baseline_runs: int, level: float, least: float) -> float:
        """Relative slowdown that is found in five runs 9 times of 10; a fraction.

        `least`: the slowdown below which nothing is a regression.
        """
        limit = max(log(1 + least), self.threshold(RUNS, baseline_runs, level))
        deviation = self.s * sqrt(1 / RUNS + 1 / baseline_runs)
        return exp(limit + NormalDist().inv_cdf(0.9) * deviation) - 1


def _quantile(p: float, df: int) -> float:
    """Student's quantile, the normal one where the spread is assumed."""
    from scipy.special import ndtri, stdtrit

    found = float(stdtrit(df, p) if df else ndtri(p))
    return found if found == found else inf
