"""The budget of a search on one target: limits, and what is optimised within them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.boards.catalogue import TargetSpec
from harness.errors import InputError
from harness.plan.search import SearchPart, milliseconds

Axis = Literal["accuracy", "latency", "flash", "arena"]
DEFAULT_DROP = 0.01


@dataclass(frozen=True)
class Costs:
    """Costs of one shape on one target: latency in the target's unit, bytes of flash and arena."""

    latency: float
    flash: float
    arena: float

    def of(self, axis: Axis) -> float:
        """Return the cost of that name."""
        return {"latency": self.latency, "flash": self.flash, "arena": self.arena}[axis]


@dataclass(frozen=True)
class Budget:
    """Limits by axis; `drop` below the original's accuracy, None where accuracy is optimised."""

    target: str
    unit: str
    drop: float | None
    limits: Mapping[Axis, float]
    objective: Axis

    def exceeded(self, costs: Costs) -> list[Axis]:
        """Return the limits that the costs exceed."""
        return [axis for axis, limit in self.limits.items() if costs.of(axis) > limit]

    @property
    def price_axis(self) -> Axis:
        """Return the cost along which shapes are compared."""
        if self.objective != "accuracy":
            return self.objective
        return next(iter(self.limits))

    @property
    def text(self) -> str:
        """The budget in words."""
        parts = [f"a drop of at most {100 * self.drop:g} points"] if self.drop is not None else []
        for axis, limit in self.limits.items():
            unit = self.unit if axis == "latency" else "B"
            parts.append(f"{axis} of at most {limit:,.0f} {unit}")
        goal = "greatest accuracy" if self.objective == "accuracy" else f"least {self.objective}"
        return f"{goal} with {' and '.join(parts)}"


def budget_of(part: SearchPart, spec: TargetSpec) -> Budget:
    """Return the budget on a target.

    Raises InputError where nothing is left to optimise, or a time is asked of a target that counts
    something else and has no clock.
    """
    drop = part.max_accuracy_drop
    limits: dict[Axis, float] = {}
    if part.max_latency is not None:
        limits["latency"] = _latency(part.max_latency, spec)
    if part.max_flash is not None:
        limits["flash"] = float(part.max_flash)
    if part.max_arena is not None:
        limits["arena"] = float(part.max_arena)
    if drop is None and not limits:
        drop = DEFAULT_DROP
    order: tuple[Axis, ...] = ("accuracy", "latency", "flash", "arena")
    free = [axis for axis in order if axis not in limits and (axis != "accuracy" or drop is None)]
    if not free:
        raise InputError(
            "accuracy, latency, flash and arena all have a limit: nothing is left to optimise",
            where="[search]",
            hint="leave one of max_accuracy_drop, max_latency, max_flash and max_arena out",
        )
    return Budget(spec.name, spec.latency_unit, drop, limits, free[0])


def _latency(value: float | str, spec: TargetSpec) -> float:
    asked = milliseconds(value)
    if asked is None:
        return float(value)
    if spec.latency_unit == "us":
        return asked * 1000
    if spec.latency_unit == "cycles" and spec.clock_hz:
        return asked * spec.clock_hz / 1000
    raise InputError(
        f"{value}: {spec.name} counts {spec.latency_unit}, which are no time",
        where="[search] max_latency",
        hint=f"give {spec.latency_unit}: max_latency = 20000",
    )
