"""Spread of a score between trainings with other seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Spread:
    """Mean and sample standard deviation (n - 1 below the fraction) of `n` values; None for one."""

    mean: float
    sd: float | None
    n: int


@dataclass(frozen=True)
class Change:
    """Mean of `n` paired differences and half the width of its 95 % interval; None for one."""

    mean: float
    half: float | None
    n: int


def spread(values: Sequence[float]) -> Spread:
    """Over one value a seed. Raises ValueError where there is none."""
    if not values:
        raise ValueError("there is no value")
    return Spread(fmean(values), stdev(values) if len(values) > 1 else None, len(values))


def paired_change(values: Sequence[float], before: Sequence[float]) -> Change:
    """Change from `before` to `values`, paired seed by seed, with Student's t interval.

    A seed's two trainings share the order of samples and the first weights, so that the difference
    varies less than either. Raises ValueError where the lengths differ or there is no value.
    """
    found = spread([after - old for after, old in zip(values, before, strict=True)])
    if found.sd is None:
        return Change(found.mean, None, 1)
    from scipy.special import stdtrit

    quantile = float(stdtrit(found.n - 1, (1 + CONFIDENCE) / 2))
    return Change(found.mean, quantile * found.sd / sqrt(found.n), found.n)
