"""Answers of outputs, their score, and tests of two models' difference, by task."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.measure import anomaly, regression
from harness.measure.accuracy import accuracy, mcnemar, predictions
from harness.measure.noninferiority import NormalChange, Pairs
from harness.measure.regression import R2Change


@dataclass(frozen=True)
class Score:
    """A metric's value with the limits of its interval; `mae` only of a regression."""

    value: float
    low: float
    high: float
    mae: float | None = None


def answers(task: str, outputs: np.ndarray, samples: np.ndarray | None) -> np.ndarray:
    """Answers of outputs (N, ...): classes (N,), values (N, k) or reconstruction errors (N,).

    `outputs` are real values, of a classification raw ones too; `samples` (N, ...) are the real
    inputs, which only an anomaly task needs. Raises ValueError where it lacks them.
    """
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
    if task == "classification":
        found = accuracy(said, labels)
        return Score(found.value, found.low, found.high)
    if task == "regression":
        low, high = regression.r2_interval(said, labels)
        return Score(
            regression.r2(said, labels), low, high, regression.mean_absolute_error(said, labels)
        )
    return Score(anomaly.auc(said, labels), *anomaly.auc_interval(said, labels))


def difference_p(task: str, said: np.ndarray, other: np.ndarray, labels: np.ndarray) -> float:
    """Two-sided p of the task's paired test that both answers to the same samples are as good."""
    if task == "classification":
        return mcnemar(said == labels, other == labels)
    if task == "regression":
        return regression.r2_change(said, other, labels).two_sided_p
    return anomaly.delong_p(said, other, labels)


def compare(
    task: str, said: np.ndarray, original: np.ndarray, labels: np.ndarray
) -> Pairs | R2Change | NormalChange:
    """A candidate's answers (N, ...) against the original's to the same samples."""
    if task == "classification":
        return Pairs.of(said == labels, original == labels)
    if task == "regression":
        return regression.r2_change(said, original, labels)
    return anomaly.auc_change(said, original, labels)


def trivial_p(task: str, said: np.ndarray, labels: np.ndarray) -> float:
    """One-sided p that answers (N, ...) are no better than those of a model that learned nothing.

    Classification: one that always names the most frequent label, which chance never beats.
    Regression: one that says the mean. Anomaly: one that orders the samples at random.
    """
    if task == "regression":
        return regression.mean_p(said, labels)
    if task != "classification":
        return anomaly.chance_p(said, labels)
    right, always = said == labels, labels == majority_class(labels)
    p = mcnemar(right, always)
    return p / 2 if right.sum() > always.sum() else 1 - p / 2


def majority_class(labels: np.ndarray) -> int:
    """The most frequent of the labels (N,), the least one where several are."""
    return int(np.bincount(labels).argmax())
