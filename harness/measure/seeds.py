"""How much an accuracy varies from one training to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev


@dataclass(frozen=True)
class Spread:
    """Mean and sample standard deviation (n - 1 below the fraction) of `n` values; None for one."""

    mean: float
    sd: float | None
    n: int


def spread(values: Sequence[float]) -> Spread:
    """Over one value a seed. Raises ValueError where there is none."""
    if not values:
        raise ValueError("there is no value")
    return Spread(fmean(values), stdev(values) if len(values) > 1 else None, len(values))
