"""How well values are predicted: R², mean absolute error, and whether two models differ."""

from __future__ import annotations

import numpy as np

DRAWS = 1000
SEED = 0


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
    generator = np.random.default_rng(SEED)
    found = []
    for _ in range(DRAWS):
        drawn = generator.integers(0, len(wanted), len(wanted))
        if np.ptp(wanted[drawn], axis=0).all():
            found.append(_r2(mine[drawn], wanted[drawn]))
    if not found:
        return float("nan"), float("nan")
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def signed_rank_p(said: np.ndarray, other: np.ndarray, truth: np.ndarray) -> float:
    """Two-sided p of Wilcoxon's signed-rank test (Biometrics 1945, 1:80) on |errors| a sample.

    Samples that both miss by the same do not count; without any other the p is 1.
    """
    from scipy.stats import wilcoxon

    mine, wanted = _columns(said, truth)
    theirs, _ = _columns(other, truth)
    change = np.abs(mine - wanted).mean(axis=1) - np.abs(theirs - wanted).mean(axis=1)
    if not change.any():
        return 1.0
    return float(wilcoxon(change, zero_method="wilcox").pvalue)


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
