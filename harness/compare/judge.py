"""The gate's judgement: which figures of a run are worse than the baseline's, and by how much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.compare.baseline import Baseline, CellFigures
from harness.compare.finding import Finding, Verdict, grown, lost
from harness.compare.latency import Boards, judge_latency
from harness.compare.quality import judge_quality
from harness.compare.tools import moved
from harness.errors import InputError
from harness.plan.limits import Limits

HOST = "host-clock"  # a build for debugging: only what it computes is of interest
ONE_EVENT = ("accuracy", "score", "model")  # figures of a model, the same on all of its targets
SIZES = {
    "flash_bytes": "flash_growth",
    "ram_bytes": "ram_growth",
    "arena_bytes": "ram_growth",
    "stack_bytes": "ram_growth",
}


def judge(baseline: Baseline, current: Baseline, limits: Limits) -> list[Finding]:
    """All differences in the baseline's order, those that every cell of `current` may have.

    Raises InputError where the two were not measured on the same plan or test samples.
    """
    _check_comparable(baseline, current)
    boards = Boards.of(baseline, limits)
    found: list[Finding] = []
    for name, before in baseline.cells.items():
        now = current.cells.get(name)
        if now is None:
            found.append(Finding(name, "cell", "regression", "not measured in this run"))
        else:
            found += _cell(name, before, now, limits, boards)
    for name in current.cells:
        if name not in baseline.cells:
            found.append(Finding(name, "cell", "note", "new: the baseline has no such cell"))
    return _events(found)


def _events(found: list[Finding]) -> list[Finding]:
    """Join the findings of one model: a change seen on several targets is one finding."""
    events: dict[tuple[object, ...], Finding] = {}
    for place, each in enumerate(found):
        model = tuple(each.cell.split("/")[:2]) if each.figure in ONE_EVENT else place
        key = (model, each.figure, each.verdict, each.detail)
        first = events.get(key)
        events[key] = each if first is None else replace(first, also=(*first.also, each.cell))
    return list(events.values())


def _check_comparable(baseline: Baseline, current: Baseline) -> None:
    if baseline.plan != current.plan:
        raise InputError(
            f"the baseline is of plan '{baseline.plan}', the run of plan '{current.plan}'",
            hint="a baseline file for each plan",
        )
    if baseline.labels != current.labels:
        raise InputError(
            "baseline and run were measured on different test labels",
            hint="accept the run as the new baseline if that was meant: --accept",
        )
    if not baseline.cells.keys() & current.cells.keys():
        raise InputError(
            "baseline and run have no cell in common",
            hint="were variants, dtypes or targets renamed? --accept makes the run the baseline",
        )


def _cell(
    name: str, before: CellFigures, now: CellFigures, limits: Limits, boards: Boards
) -> Iterator[Finding]:
    if now.status != before.status:
        verdict: Verdict = "improvement" if now.status == "ok" else "regression"
        detail = f"was {before.status}, is {now.status}"
        yield Finding(name, "status", verdict, f"{detail}: {now.reason}" if now.reason else detail)
        return
    if now.status != "ok":
        return
    if now.sha256 != before.sha256:
        yield Finding(name, "model", "note", "another model file than the baseline's")
    yield from moved(judge_latency(name, before, now, limits, boards), before, now)
    if now.timing_kind != HOST:
        yield from moved(_sizes(name, before, now, limits), before, now)
    yield from _parity(name, before, now, limits)
    yield from judge_quality(name, before, now, limits)


def _sizes(name: str, before: CellFigures, now: CellFigures, limits: Limits) -> Iterator[Finding]:
    for figure, limit in SIZES.items():
        old, new = getattr(before, figure), getattr(now, figure)
        yield from grown(name, figure, old, new, getattr(limits, limit), "B")


def _parity(name: str, before: CellFigures, now: CellFigures, limits: Limits) -> Iterator[Finding]:
    other = bool(before.authority and now.authority and before.authority != now.authority)
    if other:
        detail = f"parity is measured against {now.authority}, the baseline's {before.authority}"
        yield Finding(name, "authority", "note", detail)
    rounding = now.tolerance_lsb if other else 0  # with one authority all outputs repeat
    passes = float(rounding) if now.parity_max_abs is None else limits.parity_abs
    first = _first_wrong_layer(before, now, passes)
    seen = False
    lsb = before.parity_max_lsb, now.parity_max_lsb
    for finding in grown(name, "parity_max_lsb", *lsb, rounding, "LSB off TFLite"):
        seen = seen or finding.verdict == "regression"
        yield replace(finding, detail=finding.detail + (f"; {first}" if first else ""))
    old, new = before.parity_max_abs, now.parity_max_abs
    if old is not None and new is None:
        yield lost(name, "parity_max_abs", f"{old:.1e} off TFLite")
    if new is not None and new > max(limits.parity_abs, old or 0.0):
        detail = f"{new:.1e} off TFLite, at most {limits.parity_abs:.1e} is let pass"
        seen = True
        yield Finding(
            name, "parity_max_abs", "regression", detail + (f"; {first}" if first else "")
        )
    if first and not seen:  # what later layers hid for these samples
        yield Finding(name, "layer_parity", "regression", first)


def _first_wrong_layer(before: CellFigures, now: CellFigures, passes: float) -> str:
    for layer, error in now.layer_errors.items():
        if error > max(before.layer_errors.get(layer, 0.0), passes):
            return f"first wrong at layer {layer}, by {error:g}"
    return ""
