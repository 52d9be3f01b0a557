"""What outputs say, how good that is, and whether two models differ, by task."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.measure import anomaly, regression
from harness.measure.accuracy import accuracy, mcnemar, predictions


@dataclass(frozen=True)
class Score:
    """A metric's value with the limits of its interval; `mae` only of a regression."""

    value: float
    low: float
    high: float
    mae: float | None = None


def answers(task: str, outputs: np.ndarray, samples: np.ndarray | None) -> np.ndarray:
    """What outputs (N, ...) say: classes (N,), values (N, k) or reconstruction errors (N,).

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
        return regression.signed_rank_p(said, other, labels)
    return anomaly.delong_p(said, other, labels)
