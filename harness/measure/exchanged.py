"""Labels in another order than a model's outputs, found in its confusion matrix.

>>> said = np.array([0, 1, 2] * 20)
>>> exchanged(said, (said + 1) % 3, 3).pairs
((0, 2), (1, 0), (2, 1))
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.measure.accuracy import confusion_matrix, mcnemar

LEVEL = 0.001
MERGED_ANSWERS = 4
MERGED_SHARE = 0.7
ROW_SHARE = 0.5  # of a label's samples that have to be answered by the other output


@dataclass(frozen=True)
class Exchange:
    """Outputs that answer other labels than their own; `pairs` of label and output.

    `accuracy` is the fraction right under that assignment.
    """

    pairs: tuple[tuple[int, int], ...]
    accuracy: float


def exchanged(said: np.ndarray, labels: np.ndarray, classes: int) -> Exchange | None:
    """Return the exchange under which answers (N,) fit the labels (N,) far better; None without.

    The assignment of outputs to labels with most right answers (Hungarian algorithm) has to move
    labels of which more than ROW_SHARE are answered by the other output, and to be better than the
    order as it is by McNemar's test at LEVEL.
    """
    from scipy.optimize import linear_sum_assignment  # slow to import

    if not len(labels):
        return None
    matrix = confusion_matrix(said, labels, classes)
    _, outputs = linear_sum_assignment(matrix, maximize=True)
    moved = [
        (label, int(output))
        for label, output in enumerate(outputs)
        if label != output and matrix[label, output] > ROW_SHARE * matrix[label].sum()
    ]
    right, assigned = said == labels, said == outputs[labels]
    if not moved or assigned.sum() <= right.sum() or mcnemar(assigned, right) >= LEVEL:
        return None
    return Exchange(tuple(moved), float(assigned.mean()))


def unlabelled(
    said: np.ndarray, labels: np.ndarray, classes: int
) -> tuple[tuple[int, int, int], ...]:
    """Return outputs whose label no sample has, with the label they answer instead and how often.

    An answer counts as such where MERGED_ANSWERS of (N,) and MERGED_SHARE of them are given to
    samples of one label, of which they are ROW_SHARE / 2: mistakes of a model scatter.
    """
    matrix = confusion_matrix(said, labels, classes)
    found = []
    for output in np.flatnonzero(matrix.sum(axis=1) == 0):
        answers = matrix[:, output]
        label = int(answers.argmax())
        count = int(answers[label])
        often = count >= max(MERGED_ANSWERS, MERGED_SHARE * answers.sum())
        if often and count >= ROW_SHARE / 2 * matrix[label].sum():
            found.append((int(output), label, count))
    return tuple(found)
