"""Trials and their rounds: successive halving over shapes along their cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from harness.search.budget import Budget, Costs
from harness.search.shape import Shape

Ask = Callable[[dict[str, Any]], tuple[dict[str, Any], bool]]
STACK = 24  # copies that are trained together at most


@dataclass(frozen=True)
class Trial:
    """One shape, trained from several starts in one round.

    `accuracy`: of each start on the validation split, after the last epoch. `costs`: modelled, by
    target; `measured`: those whose latency was counted on the target.
    """

    shape: Shape
    round: int
    epochs: int
    accuracy: tuple[float, ...]
    costs: Mapping[str, Costs]
    measured: Mapping[str, float] = field(default_factory=dict)

    @property
    def mean(self) -> float:
        """Mean accuracy over the starts."""
        return float(np.mean(self.accuracy))

    @property
    def score(self) -> float:
        """Between the mean and the best start: what more starts are likely to reach."""
        return (self.mean + max(self.accuracy)) / 2

    def costs_on(self, target: str) -> Costs:
        """Return the costs on a target, with the counted latency where there is one."""
        costs = self.costs[target]
        counted = self.measured.get(target)
        return costs if counted is None else replace(costs, latency=counted)


@dataclass(frozen=True)
class Round:
    """Settings of one round."""

    number: int
    epochs: int
    starts: int


class Rounds:
    """Trains shapes in stacks of copies until the time is over."""

    def __init__(
        self,
        ask: Ask,
        price: Callable[[Shape], Mapping[str, Costs]],
        *,
        seed: int,
        learning_rate: float,
        qat: bool,
        deadline: float | None,
        tell: Callable[[list[Trial]], None],
    ) -> None:
        self._ask, self._price, self._tell = ask, price, tell
        self._settings = {"seed": seed, "learning_rate": learning_rate, "qat": qat}
        self._deadline = deadline
        self.trials: list[Trial] = []

    @property
    def over(self) -> bool:
        """True after the deadline."""
        return self._deadline is not None and time.monotonic() > self._deadline

    def train(self, shapes: Sequence[Shape], settings: Round) -> list[Trial]:
        """Train the shapes, similar ones together; after the deadline the rest is left out."""
        each = max(1, STACK // settings.starts)
        ordered = sorted(shapes, key=lambda shape: sum(count for _, count in shape.keep))
        found: list[Trial] = []
        for at in range(0, len(ordered), each):
            part = ordered[at : at + each]
            request = {
                "trials": [shape.asked(settings.starts) for shape in part],
                "epochs": settings.epochs,
                **self._settings,
            }
            if self.over and found:
                break
            answer, _ = self._ask(request)
            found += [
                Trial(
                    shape,
                    settings.number,
                    settings.epochs,
                    tuple(result["accuracy"]),
                    self._price(shape),
                )
                for shape, result in zip(part, answer["trials"], strict=True)
            ]
            self._tell([*self.trials, *found])
        self.trials += found
        return found


def promising(
    trials: Sequence[Trial], budget: Budget, wanted: float, count: int, slack: float
) -> list[Trial]:
    """Return the trials worth more epochs, best first.

    Where accuracy is optimised, the most accurate ones within the limits. Else those whose score
    is at most `slack` below the `wanted` accuracy, cheapest first; where these are too few, the
    most accurate of the rest follow.
    """
    target, axis = budget.target, budget.price_axis
    inside = [each for each in trials if not budget.exceeded(each.costs_on(target))]
    by_score = sorted(inside, key=lambda each: -each.score)
    if budget.objective == "accuracy":
        return by_score[:count]
    by_cost = sorted(inside, key=lambda each: (each.costs_on(target).of(axis), -each.score))
    front = [each for each in by_cost if each.score >= wanted - slack]
    chosen = front[:count]
    chosen += [each for each in by_score if each not in chosen][: count - len(chosen)]
    return chosen


def finalists(trials: Sequence[Trial], budget: Budget, wanted: float, count: int) -> list[Trial]:
    """Return the trials of the last round that become variants.

    Those whose score is as wanted, cheapest first, and a cheaper one whose best start is; where
    none is, the most accurate ones.
    """
    target, axis = budget.target, budget.price_axis
    inside = [each for each in trials if not budget.exceeded(each.costs_on(target))] or [*trials]
    by_cost = sorted(inside, key=lambda each: each.costs_on(target).of(axis))
    good = [each for each in by_cost if each.score >= wanted]
    if budget.objective == "accuracy" or not good:
        return sorted(inside, key=lambda each: -each.score)[:count]
    cheapest = good[0].costs_on(target).of(axis)
    bold = [
        each
        for each in by_cost
        if each.costs_on(target).of(axis) < cheapest and max(each.accuracy) >= wanted
    ]
    return [*good[: count - len(bold[-1:])], *bold[-1:]]


def meeting(trials: Sequence[Trial], budget: Budget, wanted: float) -> tuple[Trial, ...]:
    """Return the trials within the budget whose score is as wanted, cheapest first."""
    target, axis = budget.target, budget.price_axis
    good = [
        each
        for each in trials
        if not budget.exceeded(each.costs_on(target)) and each.score >= wanted
    ]
    return tuple(sorted(good, key=lambda each: each.costs_on(target).of(axis)))


def nearest_of(trials: Sequence[Trial], budget: Budget, wanted: float) -> Trial:
    """Return the trial that misses the budget by least: fewest limits, then accuracy."""

    def missed(each: Trial) -> tuple[float, float]:
        costs = each.costs_on(budget.target)
        over = sum(costs.of(axis) / budget.limits[axis] - 1 for axis in budget.exceeded(costs))
        return over, max(0.0, wanted - each.score)

    return min(trials, key=missed)
