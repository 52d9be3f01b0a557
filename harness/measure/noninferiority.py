"""Paired non-inferiority: a candidate is at most a margin worse than its original.

The candidate and the original answer the same samples. Only samples on which exactly one of the two
is right carry information. The test is the score test of Tango (1998, Statistics in Medicine
17:891); several candidates are corrected by Holm (1979, Scandinavian Journal of Statistics 6:65).
Margins, drops and changes are fractions: 0.01 is one percentage point.

>>> pairs = Pairs(gained=3, lost=5, n=360)
>>> round(pairs.limit(0.05), 3)
0.021
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf, sqrt
from statistics import NormalDist
from typing import Protocol

import numpy as np

ALPHA = 0.05  # one-sided
POWER = 0.8
BISECTIONS = 60  # of an interval of at most 2: far below the least step of a proportion
NORMAL = NormalDist()


class Comparison(Protocol):
    """A candidate against the original on the same `n` samples; `change` is its gain in quality."""

    @property
    def n(self) -> int:
        """Samples that both answered."""

    @property
    def change(self) -> float:
        """Quality of the candidate less that of the original."""

    def p(self, margin: float) -> float:
        """One-sided p of the hypothesis that the candidate is worse by `margin` or more."""

    def limit(self, alpha: float) -> float:
        """Greatest drop that is not excluded at one-sided level `alpha`."""

    def visible(self, alpha: float) -> float:
        """Least margin that these samples show with power 0.8 for an equally good candidate."""

    def needed(self, margin: float, alpha: float) -> int | None:
        """Samples that would show `margin` with power 0.8; None where the drop is as large."""


@dataclass(frozen=True)
class Pairs:
    """Paired right and wrong answers to `n` samples.

    `gained`: samples on which only the candidate is right; `lost`: only the original. Raises
    ValueError where the counts are negative or exceed `n`.
    """

    gained: int
    lost: int
    n: int

    def __post_init__(self) -> None:
        if min(self.gained, self.lost) < 0 or self.n < max(1, self.gained + self.lost):
            raise ValueError(f"+{self.gained} -{self.lost} of {self.n} samples is impossible")

    @classmethod
    def of(cls, correct: np.ndarray, original: np.ndarray) -> Pairs:
        """Count paired booleans (N,): the candidate's and the original's right answers."""
        return cls(int((correct & ~original).sum()), int((~correct & original).sum()), len(correct))

    @property
    def change(self) -> float:
        """Accuracy of the candidate less that of the original."""
        return (self.gained - self.lost) / self.n

    @property
    def discordant(self) -> float:
        """Share of samples on which exactly one of the two is right."""
        return (self.gained + self.lost) / self.n

    def z(self, margin: float) -> float:
        """Tango's score statistic, standard normal where the candidate is worse by `margin`.

        -1 < `margin` < 1.
        """
        b, c, n = self.gained, self.lost, self.n
        distance = b - c + n * margin
        variance = n * _null_variance(b / n, c / n, margin)
        if variance > 0:
            return distance / sqrt(variance)
        return 0.0 if distance == 0 else inf if distance > 0 else -inf

    def p(self, margin: float) -> float:
        """One-sided p of the hypothesis that the candidate is worse by `margin` or more."""
        return NORMAL.cdf(-self.z(margin))

    def limit(self, alpha: float) -> float:
        """Greatest drop that is not excluded at one-sided level `alpha`, found by bisection."""
        wanted, low, high = NORMAL.inv_cdf(1 - alpha), -self.change, 1.0
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            low, high = (middle, high) if self.z(middle) < wanted else (low, middle)
        return high

    def visible(self, alpha: float) -> float:
        """Least margin that these samples show with power 0.8 for an equally good candidate."""
        low, high = 0.0, 1.0
        for _ in range(BISECTIONS):
            margin = (low + high) / 2
            enough = _root_samples(self.discordant, 0.0, margin, alpha) <= sqrt(self.n)
            low, high = (low, margin) if enough else (margin, high)
        return high

    def needed(self, margin: float, alpha: float) -> int | None:
        """Samples that would show `margin` with power 0.8; None where the drop is as large."""
        churn = 2 * min(self.gained, self.lost) / self.n
        return samples_needed(churn, max(0.0, -self.change), margin, alpha)


@dataclass(frozen=True)
class NormalChange:
    """A change of a figure with its standard error, normally distributed; `se` NaN: unknown."""

    n: int
    change: float
    se: float

    def p(self, margin: float) -> float:
        """One-sided p of the hypothesis that the candidate is worse by `margin` or more."""
        return NORMAL.cdf(-(self.change + margin) / self.se) if self.se > 0 else 1.0

    def limit(self, alpha: float) -> float:
        """Greatest drop that is not excluded at one-sided level `alpha`."""
        return NORMAL.inv_cdf(1 - alpha) * self.se - self.change if self.se > 0 else inf

    def visible(self, alpha: float) -> float:
        """Least margin that these samples show with power 0.8."""
        return (NORMAL.inv_cdf(1 - alpha) + NORMAL.inv_cdf(POWER)) * self.se

    def needed(self, margin: float, alpha: float) -> int | None:
        """Samples that would show `margin` with power 0.8; None where the drop is as large."""
        room = margin - max(0.0, -self.change)
        if not room > 0 or not self.se > 0:
            return None
        return ceil(self.n * (self.visible(alpha) / room) ** 2)


def samples_needed(churn: float, drop: float, margin: float, alpha: float = ALPHA) -> int | None:
    """Samples that show with power 0.8 that the drop is below `margin`; None where it is not.

    `churn` is the share of samples that change sides beyond the drop, as many gained as lost. Nam
    (1997, Biometrics 53:1422): the level is multiplied by the deviation under the hypothesis.
    """
    return None if drop >= margin else ceil(_root_samples(churn, drop, margin, alpha) ** 2)


def _root_samples(churn: float, drop: float, margin: float, alpha: float) -> float:
    gain, loss = churn / 2, churn / 2 + drop
    hypothesis = sqrt(max(0.0, _null_variance(gain, loss, margin)))
    truth = sqrt(gain + loss - drop**2)
    levels = NORMAL.inv_cdf(1 - alpha) * hypothesis + NORMAL.inv_cdf(POWER) * truth
    return levels / (margin - drop)


def _null_variance(gain: float, loss: float, margin: float) -> float:
    """Variance of one sample's change where the candidate is worse by `margin`.

    `q` is the likeliest share of lost samples under that hypothesis, given the observed shares.
    """
    linear = -(2 - gain + loss) * margin - gain - loss
    constant = loss * margin * (1 + margin)
    q = (sqrt(max(0.0, linear**2 - 8 * constant)) - linear) / 4
    return 2 * q - margin * (1 + margin)


def fewest_samples(margin: float, alpha: float = ALPHA) -> int:
    """Samples below which no result shows `margin`, not even one without any discordant pair."""
    return ceil(NORMAL.inv_cdf(1 - alpha) ** 2 * (1 - margin) / margin)


def holm(p_values: Sequence[float], alpha: float = ALPHA) -> list[bool]:
    """Rejected hypotheses, in the order given, with a family-wise error of at most `alpha`."""
    rejected = [False] * len(p_values)
    for step, place in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        if p_values[place] > alpha / (len(p_values) - step):
            break
        rejected[place] = True
    return rejected
