"""How well an autoencoder tells anomalies (label 1) from normal samples (label 0)."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import numpy as np

ROUNDING = 1e-12  # a variance below is 0; that of a million samples is far above


def reconstruction_errors(outputs: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """Mean squared difference (N,) of outputs (N, n) and what went in (N, n)."""
    found: np.ndarray = ((outputs - samples.astype(np.float64)) ** 2).mean(axis=1)
    return found


def auc(errors: np.ndarray, labels: np.ndarray) -> float:
    """Area under the ROC curve: how often an anomaly's error exceeds a normal sample's.

    Equal errors count half. NaN where the labels are all the same.
    """
    normal, anomalous = _placements(errors, labels)
    return float(anomalous.mean()) if len(normal) and len(anomalous) else float("nan")


def auc_interval(errors: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """DeLong's 95 % interval (Biometrics 1988, 44:837), cut off at 0 and 1.

    NaN where it tells nothing: with fewer than two of either label, and where the variance is 0 as
    of a model that makes no mistake, for no number of samples makes certain.
    """
    variance = _covariance(errors, errors, labels)
    if not variance > ROUNDING:
        return float("nan"), float("nan")
    value, half = auc(errors, labels), NormalDist().inv_cdf(0.975) * sqrt(variance)
    return max(0.0, value - half), min(1.0, value + half)


def delong_p(errors: np.ndarray, other: np.ndarray, labels: np.ndarray) -> float:
    """Two-sided p of DeLong's test that two models' AUC on the same samples are the same.

    1 where the two are equal; NaN where there are fewer than two of either label, and where the
    variance of the difference is 0, of which the test knows nothing.
    """
    change = auc(errors, labels) - auc(other, labels)
    if change == 0:
        return 1.0
    variance = (
        _covariance(errors, errors, labels)
        + _covariance(other, other, labels)
        - 2 * _covariance(errors, other, labels)
    )
    if not variance > ROUNDING:
        return float("nan")
    return 2 * NormalDist().cdf(-abs(change) / sqrt(variance))


def _placements(errors: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each normal sample the share of anomalies above it; for each anomaly of normals below."""
    low, high = errors[labels == 0], errors[labels == 1]
    if not len(low) or not len(high):
        return np.empty(0), np.empty(0)
    below, above = np.sort(low), np.sort(high)
    lesser = np.searchsorted(below, high, "left"), np.searchsorted(below, high, "right")
    greater = np.searchsorted(above, low, "left"), np.searchsorted(above, low, "right")
    return 1 - (greater[0] + greater[1]) / (2 * len(high)), (lesser[0] + lesser[1]) / (2 * len(low))


def _covariance(errors: np.ndarray, other: np.ndarray, labels: np.ndarray) -> float:
    pairs = zip(_placements(errors, labels), _placements(other, labels), strict=True)
    total = 0.0
    for mine, theirs in pairs:
        if len(mine) < 2:
            return float("nan")
        total += float(np.cov(mine, theirs)[0, 1]) / len(mine)
    return total
