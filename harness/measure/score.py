"""Answers of outputs, their score, and tests of two models' difference, by task."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.measure import anomaly, regression
from harness.measure.accuracy import mcnemar, predictions, wilson
from harness.measure.noninferiority import NormalChange, Pairs
from harness.measure.regression import R2Change
from harness.measure.threshold import decide, right_samples

CLASSES = ("classification", "multilabel")  # judged by the share of right samples


@dataclass(frozen=True)
class Score:
    """A metric's value with the limits of its interval; `mae` only of a regression."""

    value: float
    low: float
    high: float
    mae: float | None = None


def answers(
    task: str,
    outputs: np.ndarray,
    samples: np.ndarray | None,
    threshold: float | None = None,
) -> np.ndarray:
    """Answers of outputs (N, ...): classes (N,), labels (N, k), values (N, k) or errors (N,).

    `outputs` are real values, of a classification without `threshold` raw ones too; `samples`
    (N, ...) are the real inputs, which only an anomaly task needs: errors are those of its
    reconstructions. `threshold`: of sigmoid outputs, None where the greatest output names the
    class. Raises ValueError where samples are missing.
    """
    if threshold is not None:
        return decide(outputs, threshold)
    if task == "classification":
        return predictions(outputs)
    flat = outputs.reshape(len(outputs), -1).astype(np.float64)
    if task == "regression":
        return flat
    if samples is None:
        raise ValueError("reconstruction errors need the samples")
    return anomaly.reconstruction_errors(flat, samples.reshape(len(samples), -1))


def score(task: str, said: np.ndarray, labels: np.ndarray) -> Score:
    """The task's metric of answers `said` (N, ...) against `labels` (N, ...)."""
    if task in CLASSES:
        right = right_samples(said, labels)
        found = wilson(int(right.sum()), len(right))
        return Score(found.value, found.low, found.high)
    if task == "regression":
        low, high = regression.r2_interval(said, labels)
        return Score(
            regression.r2(said, labels), low, high, regression.mean_absolute_error(said, labels)
        )
    return Score(anomaly.auc(said, labels), *anomaly.auc_interval(said, labels))


def difference_p(task: str, said: np.ndarray, other: np.ndarray, labels: np.ndarray) -> float:
    """Two-sided p of the task's paired test that both answers to the same samples are as good."""
    if task in CLASSES:
        return mcnemar(right_samples(said, labels), right_samples(other, labels))
    if task == "regression":
        return regression.r2_change(said, other, labels).two_sided_p
    return anomaly.delong_p(said, other, labels)


def compare(
    task: str, said: np.ndarray, original: np.ndarray, labels: np.ndarray
) -> Pairs | R2Change | NormalChange:
    """A candidate's answers (N, ...) against the original's to the same samples."""
    if task in CLASSES:
        return Pairs.of(right_samples(said, labels), right_samples(original, labels))
    if task == "regression":
        return regression.r2_change(said, original, labels)
    return anomaly.auc_change(said, original, labels)


def trivial_p(task: str, said: np.ndarray, labels: np.ndarray) -> float:
    """One-sided p that answers (N, ...) are no better than those of a model that learned nothing.

    Classification: one that always names the most frequent label, which chance never beats; of
    several labels the most frequent set of them.
    Regression: one that says the mean. Anomaly: one that orders the samples at random.
    """
    if task == "regression":
        return regression.mean_p(said, labels)
    if task not in CLASSES:
        return anomaly.chance_p(said, labels)
    right, always = right_samples(said, labels), right_samples(_majority(labels), labels)
    p = mcnemar(right, always)
    return p / 2 if right.sum() > always.sum() else 1 - p / 2


def _majority(labels: np.ndarray) -> np.ndarray:
    """The most frequent class, or set of labels, of (N,) or (N, k), for every sample."""
    if labels.ndim == 1:
        return np.full_like(labels, majority_class(labels))
    rows, counts = np.unique(labels, axis=0, return_counts=True)
    return np.broadcast_to(rows[counts.argmax()], labels.shape)


def majority_class(labels: np.ndarray) -> int:
    """The most frequent of the labels (N,), the least one where several are."""
    return int(np.bincount(labels).argmax())
