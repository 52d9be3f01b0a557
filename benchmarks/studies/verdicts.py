"""Verdicts on models whose accuracy is known: how often one is shipped that is too bad."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from harness.measure.noninferiority import Pairs
from harness.measure.score import difference_p
from harness.report.decision import Candidate, decide

ACCURACY = 0.97  # of the original
TOLERANCE = 0.01
SAME_SPEED = 0.02


@dataclass(frozen=True)
class World:
    """True drops of K models against the original, slowest first; `gain` of each.

    `gain` is the share of samples that a model wins though the original fails, at most
    1 - ACCURACY; it loses as many and the drop.
    """

    title: str
    drops: Callable[[np.random.Generator, int], np.ndarray]
    gain: float


def _uniform(rng: np.random.Generator, models: int) -> np.ndarray:
    return np.sort(rng.uniform(0, 0.05, models))


WORSE = World("drops of 0 to 5 points, the faster the worse", _uniform, 0.01)
BORDER = World("all exactly 1 point worse", lambda _, models: np.full(models, 0.01), 0.01)
HARMLESS = World("all as good as the original", lambda _, models: np.zeros(models), 0.004)


@dataclass(frozen=True)
class Outcome:
    """Shares of studies: a model that is too bad was shipped; any pruned model was shipped."""

    wrong: float
    shipped: float


def old_rule(rng: np.random.Generator, right: np.ndarray, original: np.ndarray) -> int | None:
    """The fastest within a point of the best of two originals, as measured; None: an original."""
    other = np.where(rng.random(original.size) < 0.005, ~original, original)  # another dtype
    bar = max(original.mean(), other.mean()) - TOLERANCE - 1e-9
    good = np.flatnonzero(right.mean(axis=1) >= bar)
    return int(good[-1]) if good.size else None


def new_rule(_: np.random.Generator, right: np.ndarray, original: np.ndarray) -> int | None:
    """The rule of the report; None where it ships no pruned model."""
    first = Candidate(-1, 1000.0, 100, "original", None)
    others = [
        Candidate(row, 950.0 * 0.95**row, 100, answers.tobytes().hex(), Pairs.of(answers, original))
        for row, answers in enumerate(right)
    ]

    def worse_p(one: Candidate, other: Candidate) -> float:
        true = np.ones(original.size, dtype=bool)
        return difference_p("classification", right[one.row], right[other.row], true)

    found = decide([first, *others], first, TOLERANCE, SAME_SPEED, worse_p)
    return found.choice.row if found.shown and found.choice is not first else None


RULES = {"old": old_rule, "new": new_rule}


def simulate(
    rule: str, world: World, models: int, samples: int, studies: int, seed: int
) -> Outcome:
    """Draw `studies` studies of `models` models on `samples` samples each."""
    rng = np.random.default_rng(seed)
    wrong = shipped = 0
    for _ in range(studies):
        drops = world.drops(rng, models)
        original = rng.random(samples) < ACCURACY
        lost = rng.random((models, samples)) < ((world.gain + drops) / ACCURACY)[:, None]
        gained = rng.random((models, samples)) < world.gain / (1 - ACCURACY)
        right = np.where(original, ~lost, gained)
        choice = RULES[rule](rng, right, original)
        if choice is not None:
            shipped += 1
            wrong += bool(drops[choice] > TOLERANCE - 1e-12)
    return Outcome(wrong / studies, shipped / studies)
