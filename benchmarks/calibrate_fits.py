"""Times of kernels by the work that they do, fitted to measured layers: benchmarks/calibrate.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.optimize import nnls

from harness.codegen.cost import DenseCost, SparseCost, Work


@dataclass(frozen=True)
class Point:
    """One layer in one kind of kernel: what it does, and how long it took."""

    name: str
    work: Work
    time: float


def fit(rows: Sequence[tuple[Sequence[float], float]], names: Sequence[str]) -> dict[str, float]:
    """Times of each amount, and the greatest and median relative error of the fit."""
    if not rows:
        return dict.fromkeys([*names, "error_max", "error_median"], 0.0)
    amounts = np.array([amount for amount, _ in rows], dtype=np.float64)
    times = np.array([time for _, time in rows])
    found, _ = nnls(amounts / times[:, None], np.ones(len(rows)))
    error = np.abs(amounts @ found / times - 1)
    numbers = {name: round(float(value), 2) for name, value in zip(names, found, strict=True)}
    return numbers | {
        "error_max": round(float(error.max()), 3),
        "error_median": round(float(np.median(error)), 3),
    }


def dense_fits(points: Sequence[Point]) -> dict[str, dict[str, float]]:
    """Times of the dense kernels by kind."""
    names = [field.name for field in fields(DenseCost)]
    kinds: dict[str, list[tuple[Sequence[float], float]]] = {"vector": [], "matrix": [], "conv": []}
    for point in points:
        work = point.work
        kind = "conv" if work.runs > 1 else "vector" if work.outputs == 1 else "matrix"
        kinds[kind].append((DenseCost.amounts(work), point.time))
    return {kind: fit(rows, names) for kind, rows in kinds.items()}


def sparse_fits(points: Sequence[Point], conv: dict[str, float]) -> dict[str, dict[str, float]]:
    """Times of the sparse kernels; `conv` is the dense fit that knows what a pool costs.

    Single windows and pooled blocks are measured alone. What those single windows explain is taken
    from layers of many, and then what blocks explain from layers with a border.
    """
    names = [field.name for field in fields(SparseCost)]
    fits: dict[str, dict[str, float]] = {}

    def known(kind: str, work: Work, count: float) -> float:
        times = [fits[kind][name] for name in names]
        return count * float(np.dot(times, SparseCost.amounts(work)))

    def fitted(kind: str, left: Sequence[tuple[Work, float, float]]) -> None:
        """Fit (work, number of windows or blocks, their time)."""
        rows = [
            ([count * each for each in SparseCost.amounts(work)], time)
            for work, count, time in left
            if time > 0
        ]
        fits[kind] = fit(rows, names)

    pooled = [each for each in points if (each.work.pooled_by or (False, False))[1]]
    others = [each for each in points if each not in pooled]
    inside = [each for each in others if each.work.border == 0]
    fitted("best", [(each.work, each.work.windows / 4, each.time) for each in pooled])
    fitted("one", [(each.work, 1, each.time) for each in inside if each.work.windows == 1])

    def beyond_blocks(each: Point) -> float:
        return each.time - known("one", each.work, each.work.windows % 4)

    many = [each for each in inside if each.work.windows >= 4 and each.work.pooled_by is None]
    fitted("four", [(each.work, each.work.windows // 4, beyond_blocks(each)) for each in many])

    def at_border(each: Point) -> float:
        left = beyond_blocks(each) - known("four", each.work, each.work.windows // 4)
        by_itself = each.work.pooled_by == (True, False)
        return left - (conv["pool"] * each.work.outputs * each.work.filters if by_itself else 0)

    bordered = [each for each in others if each.work.border]
    fitted("border", [(each.work, each.work.border, at_border(each)) for each in bordered])
    return fits


def block_fits(points: Sequence[Point]) -> dict[str, dict[str, float]]:
    """Times of windows with weights in blocks, one alone and two together."""
    names = [field.name for field in fields(SparseCost)]

    def amounts(each: Point) -> tuple[float, ...]:
        return SparseCost.amounts(replace(each.work, nonzero=each.work.blocks))

    one = fit([(amounts(each), each.time) for each in points if each.work.windows == 1], names)
    times = [one[name] for name in names]
    pairs = []
    for each in points:
        count, single = divmod(each.work.windows, 2)
        if count:
            left = each.time - single * float(np.dot(times, amounts(each)))
            pairs.append(([count * amount for amount in amounts(each)], left))
    return {"block_one": one, "block_two": fit(pairs, names)}
