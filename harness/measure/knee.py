"""Quality against sparsity, and how far a model can be pruned before it costs quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.measure.seeds import Spread, spread

ROUNDING = 1e-9  # accuracies are quotients of whole numbers: exact ties must count as within


@dataclass(frozen=True)
class Point:
    """One sparsity of one method; fractions. `scores`: one a seed, of the float32 Keras model.

    `sparsity` (measured zeros) and the parameters are those of the first seed's model.
    """

    asked: float
    sparsity: float
    parameters: int
    nonzero_parameters: int
    scores: tuple[float, ...]

    @property
    def score(self) -> Spread:
        """Over the seeds."""
        return spread(self.scores)


@dataclass(frozen=True)
class Curve:
    """A method's points by rising sparsity, the first being the unpruned original at 0.

    `meaning`: what the fraction asked for is a fraction of.
    """

    method: str
    meaning: str
    points: tuple[Point, ...]


def knee(points: Sequence[Point], tolerance: float) -> Point:
    """The greatest sparsity asked for whose mean score is within `tolerance` of the original's.

    `tolerance` is a fraction: 0.01 is one percentage point. The original is the point at 0, so
    there always is one; where it is the answer, no sparsity tried keeps the quality.
    """
    original = next(point for point in points if point.asked == 0)
    limit = original.score.mean - tolerance - ROUNDING
    return max(
        (point for point in points if point.score.mean >= limit), key=lambda point: point.asked
    )
