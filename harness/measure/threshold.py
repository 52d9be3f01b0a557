"""Threshold of sigmoid outputs: an output at or above it says yes.

A classification of two classes by one output and several labels at once (multilabel) have one;
it is the same for all outputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan
from typing import Literal

import numpy as np

from harness.measure.anomaly import auc

PROBABILITY = 0.5
LOGIT = 0.0  # of 0.5
CANDIDATES = 512


def takes_threshold(task: str, outputs: int) -> bool:
    """Return True for a task whose answers are made of so many `outputs` by a threshold."""
    return task == "multilabel" or (task == "classification" and outputs == 1)


def decide(outputs: np.ndarray, threshold: float) -> np.ndarray:
    """Answers of real-valued outputs (N, ...): classes 0 and 1 (N,), of several outputs (N, k)."""
    flat = outputs.reshape(len(outputs), -1)
    said: np.ndarray = (flat >= threshold).astype(np.int64)
    return said[:, 0] if said.shape[1] == 1 else said


def right_samples(said: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return booleans (N,): the class is right, or every label of the sample is."""
    found: np.ndarray = (said == labels).reshape(len(labels), -1).all(axis=1)
    return found


def choose_threshold(
    outputs: np.ndarray | None,
    labels: np.ndarray,
    asked: float | Literal["best"] | None,
    default: float,
) -> float:
    """The threshold `asked` for; "best" is that of real-valued outputs (N, ...) with `labels`.

    `default` where none is asked for, or where the best is and there are no outputs.
    """
    if asked is None or (asked == "best" and outputs is None):
        return default
    if asked == "best" and outputs is not None:
        return best_threshold(outputs, labels, default)
    return float(asked)


def best_threshold(outputs: np.ndarray, labels: np.ndarray, default: float) -> float:
    """The threshold with most right samples of outputs (N, ...), of equal ones that next `default`.

    Candidates are `default` and midpoints between neighbouring values, up to 512 of them.
    """
    values = np.unique(outputs.astype(np.float64))
    middles = (values[1:] + values[:-1]) / 2
    if len(middles) > CANDIDATES:
        middles = middles[np.linspace(0, len(middles) - 1, CANDIDATES).astype(int)]
    candidates = np.append(middles, default)
    right = [int(right_samples(decide(outputs, each), labels).sum()) for each in candidates]
    best = candidates[np.array(right) == max(right)]
    return float(best[np.abs(best - default).argmin()])


@dataclass(frozen=True)
class YesFigures:
    """F1 of the answers yes (1), all labels counted together, and the mean AUC over labels.

    NaN where nothing is labelled or answered yes, and where no label has both values.
    """

    f1: float
    auc: float


def yes_figures(said: np.ndarray, outputs: np.ndarray, labels: np.ndarray) -> YesFigures:
    """Return the figures of answers `said` and real-valued `outputs` (N, ...) to `labels`."""
    yes = int((said == 1).sum()) + int((labels == 1).sum())
    both = int(((said == 1) & (labels == 1)).sum())
    columns = zip(
        outputs.reshape(len(labels), -1).T, labels.reshape(len(labels), -1).T, strict=True
    )
    areas = [auc(values, wanted) for values, wanted in columns if len(np.unique(wanted)) == 2]
    return YesFigures(
        f1=2 * both / yes if yes else nan, auc=float(np.mean(areas)) if areas else nan
    )
