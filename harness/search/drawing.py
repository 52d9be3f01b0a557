"""Which shapes are trained: drawn along their cost, then where the trials say that it pays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from harness.search.budget import Budget
from harness.search.pricing import Pricing
from harness.search.shape import Shape
from harness.search.space import Space
from harness.search.trials import Trial

POOL = 10  # shapes that are priced for each that is trained
_NEAR = 0.01  # below the wanted accuracy: more epochs and starts may gain it
_LEAST = 0.55  # of the cheapest good trial's cost, from which on further shapes are drawn
_RIDGE = 2.0  # weight of "all layers count the same" against what the trials say


class Drawing:
    """Draws shapes of a space, priced for all targets; the same seed draws the same."""

    def __init__(self, space: Space, pricing: Pricing, seed: int) -> None:
        self._space, self._pricing = space, pricing
        self._generator = np.random.default_rng(seed)

    def coarse(self, budgets: Sequence[Budget], count: int) -> list[Shape]:
        """Return shapes along the whole cost of each budget, those of the greatest capacity."""
        pool = self._drawn(POOL * count)
        chosen: dict[Shape, None] = {}
        for budget in budgets:
            most = self._cost(self._space.whole, budget)
            inside = [shape for shape in pool if self._fits(shape, budget)]
            inside = [each for each in inside if self._cost(each, budget) < most] or inside
            worth = {shape: self._space.capacity(shape) for shape in inside}
            chosen |= dict.fromkeys(self._spread(worth, budget, max(2, count // len(budgets))))
        return list(chosen)

    def fine(
        self,
        budget: Budget,
        trials: Sequence[Trial],
        wanted: float,
        count: int,
    ) -> list[Shape]:
        """Return shapes that cost less than the cheapest good trial, and may be as accurate.

        Where accuracy is optimised, those near the limit. The order is that of accuracies fitted
        to the trials, over the logarithms of each layer's weights.
        """
        tried = {each.shape for each in trials}
        costs = [
            each.costs_on(budget.target).of(budget.price_axis)
            for each in trials
            if each.score >= wanted - _NEAR
        ]
        high = min(costs, default=self._cost(self._space.whole, budget))
        if budget.objective == "accuracy":
            high = min(budget.limits[budget.price_axis], self._cost(self._space.whole, budget))
        best = sorted(trials, key=lambda each: -each.score)[:4]
        near = [
            self._space.neighbour(each.shape, self._generator) for each in best for _ in range(8)
        ]
        pool = [
            shape
            for shape in dict.fromkeys([*self._drawn(POOL * count), *near])
            if shape not in tried
            and self._fits(shape, budget)
            and _LEAST * high <= self._cost(shape, budget) <= high
        ]
        return self._spread(self._predicted(trials, pool), budget, count)

    def _drawn(self, count: int) -> list[Shape]:
        return list(dict.fromkeys(self._space.drawn(self._generator) for _ in range(count)))

    def _cost(self, shape: Shape, budget: Budget) -> float:
        return self._pricing.of(shape)[budget.target].of(budget.price_axis)

    def _fits(self, shape: Shape, budget: Budget) -> bool:
        return not budget.exceeded(self._pricing.of(shape)[budget.target])

    def _spread(self, worth: Mapping[Shape, float], budget: Budget, count: int) -> list[Shape]:
        """Return the shape of the greatest worth in each of `count` steps of the cost."""
        if not worth:
            return []
        costs = {shape: np.log(self._cost(shape, budget)) for shape in worth}
        low, high = min(costs.values()), max(costs.values())
        best: dict[int, Shape] = {}
        for shape, value in worth.items():
            step = min(count - 1, int((costs[shape] - low) / max(1e-9, high - low) * count))
            if step not in best or value > worth[best[step]]:
                best[step] = shape
        return [shape for _, shape in sorted(best.items())]

    def _predicted(self, trials: Sequence[Trial], pool: Sequence[Shape]) -> dict[Shape, float]:
        """Return a figure that rises with the accuracy to expect, fitted to the trials.

        Ridge regression of the logarithm of the error; where the trials say nothing, every layer
        counts the same.
        """
        known = np.array([self._space.weights(each.shape) for each in trials])
        errors = np.log([1 - each.score + 0.005 for each in trials])
        whole = known.sum(axis=1)
        slope = np.polyfit(whole, errors, 1)[0] if np.ptp(whole) > 0 else -1.0
        centre, middle = known.mean(axis=0), errors.mean()
        features = known - centre
        rest = errors - middle - slope * features.sum(axis=1)
        square = features.T @ features + _RIDGE * len(trials) * np.eye(features.shape[1])
        own = np.linalg.solve(square, features.T @ rest)
        return {
            shape: float(-(np.array(self._space.weights(shape)) - centre) @ (own + slope))
            for shape in pool
        }
