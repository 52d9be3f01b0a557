"""Accuracy with its uncertainty, and whether two variants really differ."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb, sqrt
from statistics import NormalDist

import numpy as np


@dataclass(frozen=True)
class Proportion:
    """`correct` of `n`, as a fraction, with the limits of its confidence interval."""

    correct: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The fraction itself."""
        return self.correct / self.n


def predictions(outputs: np.ndarray) -> np.ndarray:
    """Classes (N,) of outputs (N, ...): the first greatest element, as TFLite's ARG_MAX does.

    Quantised outputs need no scaling, for one scale serves the whole tensor and is positive.
    """
    found: np.ndarray = outputs.reshape(len(outputs), -1).argmax(axis=1)
    return found


def wilson(correct: int, n: int, confidence: float = 0.95) -> Proportion:
    """Wilson's score interval of `correct` of `n` (Wilson 1927, JASA 22:209), no continuity term.

    It stays inside [0, 1] and is sound near 1, where accuracies lie. Raises ValueError for n < 1.
    """
    if not 0 <= correct <= n or n < 1:
        raise ValueError(f"{correct} of {n} is no proportion")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    p = correct / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Proportion(
        correct=correct,
        n=n,
        low=0.0 if correct == 0 else centre - half,
        high=1.0 if correct == n else centre + half,
    )


def accuracy(predicted: np.ndarray, labels: np.ndarray) -> Proportion:
    """Share of `predicted` (N,) equal to `labels` (N,), with Wilson's 95 % interval."""
    return wilson(int((predicted == labels).sum()), len(labels))


def mcnemar(correct: np.ndarray, other_correct: np.ndarray) -> float:
    """Two-sided mid-p of McNemar's test on paired booleans (N,).

    The exact p less half of the probability of what was observed: the exact test is conservative
    (Fagerland, Lydersen and Laake 2013, BMC Medical Research Methodology 13:91). Only samples on
    which exactly one of the two is right count; without any the p is 1.
    """
    gained = int((correct & ~other_correct).sum())
    lost = int((~correct & other_correct).sum())
    discordant, fewer = gained + lost, min(gained, lost)
    if discordant == 0:
        return 1.0
    observed = comb(discordant, fewer)
    tail = sum(comb(discordant, k) for k in range(fewer))
    both = 2 * tail + observed if gained != lost else 2**discordant - observed / 2
    p: float = both / 2**discordant
    return p


def confusion_matrix(predicted: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Counts (C, C): row is the true class, column the predicted one.

    C is `classes`, or more where a label or a prediction lies beyond it.
    """
    size = int(max(classes, predicted.max(initial=-1) + 1, labels.max(initial=-1) + 1))
    flat = np.bincount(labels * size + predicted, minlength=size * size)
    return flat.reshape(size, size)
