"""Scores of predicted values: R², mean absolute error, and the test of two models' difference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from statistics import NormalDist

import numpy as np

from harness.measure.noninferiority import POWER

DRAWS = 1000
PAIRED_DRAWS = 2000  # Holm's first step of 40 models asks for a p of 0.00125
SEED = 0
CHUNK = 2_000_000  # weights of samples that are computed at once
FLAT = 1e-12  # share of the truth's variation below which a drawn truth is constant


def r2(said: np.ndarray, truth: np.ndarray) -> float:
    """Coefficient of determination of `said` (N, k), mean over the k values; 1 at best.

    A value that never varies in `truth` counts 1 where it is met exactly and 0 otherwise.
    """
    return float(_r2(*_columns(said, truth)))


def mean_absolute_error(said: np.ndarray, truth: np.ndarray) -> float:
    """Mean of |said - truth| over all samples and values, in the unit of the labels."""
    mine, wanted = _columns(said, truth)
    return float(np.abs(mine - wanted).mean())


def r2_interval(said: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """95 % percentile interval over 1,000 seeded draws of the samples (Efron 1979).

    Draws in which the truth does not vary tell nothing and are left out.
    """
    mine, wanted = _columns(said, truth)
    found = [_r2(mine[drawn], wanted[drawn]) for drawn in _draws(wanted, DRAWS)]
    if not found:
        return float("nan"), float("nan")
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


@dataclass(frozen=True, eq=False)
class R2Change:
    """R² of a candidate less that of the original on the same `n` samples, and its draws.

    `draws` (k,): the change in each draw of the samples with replacement, both models on the same
    draw (paired bootstrap; Efron and Tibshirani 1993, An Introduction to the Bootstrap, 16.4).
    """

    n: int
    change: float
    draws: np.ndarray

    @property
    def two_sided_p(self) -> float:
        """Two-sided p that both have the same R²; 1 where they are equal in every draw."""
        below, above = self._share(self.draws <= 0), self._share(self.draws >= 0)
        return min(1.0, 2 * min(below, above))

    def p(self, margin: float) -> float:
        """One-sided p of the hypothesis that the candidate is worse by `margin` or more."""
        return self._share(self.draws <= -margin)

    def limit(self, alpha: float) -> float:
        """Greatest drop that is not excluded at one-sided level `alpha`."""
        return float(-np.quantile(self.draws, alpha)) if len(self.draws) else float("inf")

    def visible(self, alpha: float) -> float:
        """Least margin that these samples show with power 0.8."""
        levels = NormalDist().inv_cdf(1 - alpha) + NormalDist().inv_cdf(POWER)
        return levels * float(self.draws.std()) if len(self.draws) else float("inf")

    def needed(self, margin: float, alpha: float) -> int | None:
        """Samples that would show `margin` with power 0.8; None where the drop is as large."""
        room = margin - max(0.0, -self.change)
        if not room > 0 or not len(self.draws):
            return None
        return ceil(self.n * (self.visible(alpha) / room) ** 2)

    def _share(self, extreme: np.ndarray) -> float:
        return (1 + int(extreme.sum())) / (1 + len(self.draws))


def r2_change(said: np.ndarray, other: np.ndarray, truth: np.ndarray) -> R2Change:
    """Change of R² from `other` to `said` (N, k), with 2,000 seeded draws of the samples."""
    mine, wanted = _columns(said, truth)
    theirs, _ = _columns(other, truth)
    drawn = _drawn_r2(np.stack([mine, theirs]), wanted, PAIRED_DRAWS)
    return R2Change(len(wanted), _r2(mine, wanted) - _r2(theirs, wanted), drawn[:, 0] - drawn[:, 1])


def mean_p(said: np.ndarray, truth: np.ndarray) -> float:
    """One-sided p that `said` (N, k) predicts no better than the mean of `truth`: R² <= 0."""
    mine, wanted = _columns(said, truth)
    found = _drawn_r2(mine[np.newaxis], wanted, DRAWS)[:, 0]
    return (1 + int((~(found > 0)).sum())) / (1 + len(found))


def _drawn_r2(said: np.ndarray, truth: np.ndarray, draws: int) -> np.ndarray:
    """R² (d, models) of `said` (models, N, k) in draws of the samples, the same for all models.

    A draw is a weight for each sample, the number of times that it was drawn. Draws in which the
    truth does not vary are left out: d <= `draws`.
    """
    generator = np.random.default_rng(SEED)
    count, values = truth.shape
    centred = truth - truth.mean(axis=0)
    missed = ((said - truth) ** 2).transpose(1, 0, 2).reshape(count, -1)
    sums = np.column_stack([centred, centred**2, missed])
    found = []
    chunk = max(1, CHUNK // count)
    for start in range(0, draws, chunk):
        rows = min(chunk, draws - start)
        drawn = generator.integers(0, count, (rows, count)) + count * np.arange(rows)[:, np.newaxis]
        weights = np.bincount(drawn.ravel(), minlength=rows * count).reshape(rows, count)
        total = weights.astype(np.float64) @ sums
        spread = total[:, values : 2 * values] - total[:, :values] ** 2 / count
        varies = (spread > FLAT * (centred**2).sum(axis=0)).all(axis=1)
        errors = total[varies, 2 * values :].reshape(-1, len(said), values)
        found.append((1 - errors / spread[varies, np.newaxis]).mean(axis=2))
    return np.concatenate(found)


def _draws(truth: np.ndarray, count: int) -> Iterator[np.ndarray]:
    """Seeded draws of sample numbers with replacement, but those in which the truth is constant."""
    generator = np.random.default_rng(SEED)
    for _ in range(count):
        drawn = generator.integers(0, len(truth), len(truth))
        if np.ptp(truth[drawn], axis=0).all():
            yield drawn


def _columns(said: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return (
        said.reshape(len(said), -1).astype(np.float64),
        truth.reshape(len(truth), -1).astype(np.float64),
    )


def _r2(said: np.ndarray, truth: np.ndarray) -> float:
    missed = ((said - truth) ** 2).sum(axis=0)
    total = ((truth - truth.mean(axis=0)) ** 2).sum(axis=0)
    varies = total > 0
    shares = np.where(varies, 1 - missed / np.where(varies, total, 1), missed == 0)
    return float(shares.mean())
