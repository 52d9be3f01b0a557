"""Support lines of a verdict: the comparison with the original and its limits."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor, isfinite, log10

import numpy as np

from harness.measure.noninferiority import Comparison, Pairs, fewest_samples
from harness.report.decision import Candidate, Decision
from harness.results.comparison import Pooled, pool
from harness.results.data import CellData, RunData
from harness.results.wording import bound, listing, margin, percent, plural, points, probability

MOST_ABSENT = 4  # classes that are named; further ones are counted


def evidence(
    data: RunData,
    cells: Mapping[int, CellData],
    found: Decision,
    original: CellData,
    tolerance: float,
) -> list[str]:
    """Lines on the choice, then on a faster or better model; none of the original alone."""
    lines = []
    pooled = pool(data, cells[found.choice.row], original)
    if found.choice.against is not None and pooled is not None:
        lines.append(_samples(pooled))
        if not found.shown:
            lines += _open_question(found, found.choice.against, tolerance)
    lines += untested(data)
    if data.seen:
        lines.append(f"{percent(data.seen)} % of the test samples are training samples")
    if found.rival is not None:
        lines.append(_rival(data, cells, found.choice, found.rival))
    if found.faster is not None and found.faster.against is not None:
        drop = _drop(found.faster.against, found)
        lines.append(f"{cells[found.faster.row].name} is faster, but {drop}")
    return lines


def untested(data: RunData) -> list[str]:
    """A line on classes without a test sample; none where all have some."""
    if data.run.task != "classification" or data.run.classes < 2:
        return []
    known = np.bincount(data.run.labels.astype(np.int64), minlength=data.run.classes)
    absent = [str(label) for label in np.flatnonzero(known == 0)]
    if not absent:
        return []
    rest = len(absent) - MOST_ABSENT
    names = listing(absent if rest <= 0 else [*absent[:MOST_ABSENT], f"{rest} more"])
    return [
        f"nothing is known of {'class' if len(absent) == 1 else 'classes'} {names}: no test sample"
    ]


def _samples(pooled: Pooled) -> str:
    split = f"{plural(pooled.test, 'test sample')}"
    if pooled.validation:
        split += (
            f" and {plural(pooled.validation, 'validation sample')}, for which the reference "
            "answers and which chose the epochs kept"
        )
    if not isinstance(pooled.change, Pairs):
        return f"compared on {split}: {points(pooled.change.change)} points"
    gained, lost = f"{pooled.change.gained:,} gained", f"{pooled.change.lost:,} lost"
    return f"compared on {split}: {gained}, {lost}"


def _open_question(found: Decision, change: Comparison, tolerance: float) -> list[str]:
    lines = [_drop(change, found)]
    seen = change.visible(found.level)
    if not isfinite(seen):
        return lines
    can = f"{plural(change.n, 'sample')} can show {bound(seen)}"
    if isinstance(change, Pairs) and 0 < tolerance < 1:
        least = fewest_samples(tolerance, found.level)
        if change.n < least:
            can += f"; fewer than {least:,} cannot show {margin(tolerance)} at all"
    needed = change.needed(tolerance, found.level)
    if found.rival is None and needed is not None and needed > change.n:
        can += f"; about {_rounded(needed)} would settle it, if it is as good as it measured"
    return [*lines, can]


def _drop(change: Comparison, found: Decision) -> str:
    limit = change.limit(found.level)
    known = _not_excluded(limit) if isfinite(limit) else "no drop is excluded"
    return f"{known} (95 %, of {plural(found.models, 'model')})"


def _not_excluded(limit: float) -> str:
    if limit <= 0:
        return "a drop is excluded"
    return f"a drop of up to {bound(limit)} is not excluded"


def _rival(
    data: RunData, cells: Mapping[int, CellData], choice: Candidate, rival: Candidate
) -> str:
    pooled = pool(data, cells[rival.row], cells[choice.row])
    p = "" if pooled is None else f" (p {probability(pooled.p)})"
    better = points(rival.change - choice.change)
    return f"{cells[rival.row].name} is better by {better} points{p} and loses by speed alone"


def _rounded(number: int) -> str:
    """Two significant digits, rounded up."""
    step = 10 ** max(0, floor(log10(number)) - 1)
    return f"{ceil(number / step) * step:,}"
