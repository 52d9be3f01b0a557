"""AUC of an autoencoder: anomalies (label 1) against normal samples (label 0)."""

from __future__ import annotations

from math import exp, log, nan, sqrt
from statistics import NormalDist

import numpy as np

from harness.measure.noninferiority import NormalChange

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
    """95 % interval of DeLong's variance (Biometrics 1988, 44:837) on the logit scale.

    The Wald interval covers .80 to .86 of high AUCs, that of the logit .93 to .96 (Pepe 2003, The
    Statistical Evaluation of Medical Tests, 5.2.3). NaN where it tells nothing: with fewer than two
    of either label, and where the variance is 0 as of a model that makes no mistake.
    """
    variance = _covariance(errors, errors, labels)
    if not variance > ROUNDING:
        return nan, nan
    value = auc(errors, labels)
    centre = log(value / (1 - value))
    half = NormalDist().inv_cdf(0.975) * sqrt(variance) / (value * (1 - value))
    return _expit(centre - half), _expit(centre + half)


def auc_change(errors: np.ndarray, other: np.ndarray, labels: np.ndarray) -> NormalChange:
    """AUC of `errors` less that of `other` on the same samples, with DeLong's standard error.

    The error is NaN where there are fewer than two of either label, and where the variance of the
    difference is 0, of which the method knows nothing.
    """
    variance = (
        _covariance(errors, errors, labels)
        + _covariance(other, other, labels)
        - 2 * _covariance(errors, other, labels)
    )
    error = sqrt(variance) if variance > ROUNDING else nan
    return NormalChange(len(labels), auc(errors, labels) - auc(other, labels), error)


def delong_p(errors: np.ndarray, other: np.ndarray, labels: np.ndarray) -> float:
    """Two-sided p of DeLong's test that two models' AUC on the same samples are the same.

    1 where the two are equal; NaN where the standard error of the change is unknown.
    """
    found = auc_change(errors, other, labels)
    return 1.0 if found.change == 0 else 2 * NormalDist().cdf(-abs(found.change) / found.se)


def chance_p(errors: np.ndarray, labels: np.ndarray) -> float:
    """One-sided p that anomalies have no greater errors than normal samples (Mann-Whitney)."""
    from scipy.stats import mannwhitneyu

    low, high = errors[labels == 0], errors[labels == 1]
    if not len(low) or not len(high):
        return 1.0
    return float(mannwhitneyu(high, low, alternative="greater").pvalue)


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


def _expit(value: float) -> float:
    """Inverse of the logit, exact to the last digit for large arguments of either sign."""
    return 1 / (1 + exp(-value)) if value >= 0 else exp(value) / (1 + exp(value))
