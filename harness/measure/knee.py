"""Quality against sparsity, and how far a model can be pruned before it costs quality."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.measure.seeds import Change, Spread, paired_change, spread

ROUNDING = 1e-9  # accuracies are quotients of whole numbers: exact ties must count as within


@dataclass(frozen=True)
class Point:
    """One sparsity of one method; fractions. `scores`: one a seed, of the float32 Keras model.

    `scores` are of the test split, `validation` of the validation split, empty where the metric is
    unknown there. `sparsity` (measured zeros) and the parameters are those of the first seed's
    model.
    """

    asked: float
    sparsity: float
    parameters: int
    nonzero_parameters: int
    scores: tuple[float, ...]
    validation: tuple[float, ...] = ()

    @property
    def score(self) -> Spread:
        """Over the seeds, on the test split."""
        return spread(self.scores)

    def change(self, original: Point) -> Change:
        """Change of the score from the original's, paired seed by seed."""
        return paired_change(self.scores, original.scores)

    @property
    def chosen_by(self) -> float:
        """Mean over the seeds on the validation split, or on the test split without one."""
        return spread(self.validation or self.scores).mean


@dataclass(frozen=True)
class Curve:
    """A method's points by rising sparsity, the first being the unpruned original at 0.

    `meaning`: what the fraction asked for is a fraction of.
    """

    method: str
    meaning: str
    points: tuple[Point, ...]

    @property
    def original(self) -> Point:
        """The unpruned model."""
        return self.points[0]


@dataclass(frozen=True)
class Knee:
    """The point up to which the quality holds; `at_edge`: no greater sparsity was tried."""

    point: Point
    at_edge: bool


def knee(points: Sequence[Point], tolerance: float) -> Knee:
    """The greatest sparsity whose isotonic mean is within `tolerance` of the original's.

    The means by sparsity are fitted by the nearest curve that never rises, so that one lucky level
    behind failures is no knee. `tolerance` is a fraction: 0.01 is one percentage point. The
    original is the point at 0, so there always is one; where it is the answer, no sparsity tried
    keeps the quality.
    """
    ordered = sorted(points, key=lambda point: point.asked)
    fitted = falling([point.chosen_by for point in ordered])
    limit = fitted[0] - tolerance - ROUNDING
    best = max(place for place, mean in enumerate(fitted) if mean >= limit)
    return Knee(ordered[best], 0 < best == len(ordered) - 1)


def falling(values: Sequence[float]) -> list[float]:
    """Least-squares fit among sequences that never rise (pool adjacent violators; Ayer 1955)."""
    blocks: list[tuple[float, int]] = []
    for value in values:
        mean, size = value, 1
        while blocks and blocks[-1][0] < mean:
            other, count = blocks.pop()
            mean, size = (mean * size + other * count) / (size + count), size + count
        blocks.append((mean, size))
    return [mean for mean, size in blocks for _ in range(size)]
