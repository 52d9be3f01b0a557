"""The gate's judgement: which figures of a run are worse than the baseline's, and by how much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import comb, isnan
from typing import Literal

import numpy as np

from harness.compare.baseline import Baseline, CellFigures
from harness.errors import InputError
from harness.measure.accuracy import mcnemar
from harness.measure.latency import is_deterministic
from harness.plan.limits import Limits

Verdict = Literal["regression", "improvement", "note"]
HOST = "host-clock"  # a build for debugging: only what it computes is of interest
ROUNDING = 1e-9  # 0.97 - 0.96 must not exceed a limit of one point
SIZES = {
    "flash_bytes": "flash_growth",
    "ram_bytes": "ram_growth",
    "arena_bytes": "ram_growth",
    "stack_bytes": "ram_growth",
}


@dataclass(frozen=True)
class Finding:
    """One figure of one cell that is not as it was; `detail` says it in words, with the figures."""

    cell: str
    figure: str
    verdict: Verdict
    detail: str


def judge(baseline: Baseline, current: Baseline, limits: Limits) -> list[Finding]:
    """All differences in the baseline's order, those that every cell of `current` may have.

    Raises InputError where the two were not measured on the same plan or test samples.
    """
    _check_comparable(baseline, current)
    found: list[Finding] = []
    for name, before in baseline.cells.items():
        now = current.cells.get(name)
        if now is None:
            found.append(Finding(name, "cell", "regression", "not measured in this run"))
        else:
            found += _cell(name, before, now, limits)
    for name in current.cells:
        if name not in baseline.cells:
            found.append(Finding(name, "cell", "note", "new: the baseline has no such cell"))
    return found


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


def _cell(name: str, before: CellFigures, now: CellFigures, limits: Limits) -> Iterator[Finding]:
    if now.status != before.status:
        verdict: Verdict = "improvement" if now.status == "ok" else "regression"
        detail = f"was {before.status}, is {now.status}"
        yield Finding(name, "status", verdict, f"{detail}: {now.reason}" if now.reason else detail)
        return
    if now.status != "ok":
        return
    if now.sha256 != before.sha256:
        yield Finding(name, "model", "note", "another model file than the baseline's")
    yield from _latency(name, before, now, limits)
    if now.timing_kind != HOST:
        for figure, limit in SIZES.items():
            old, new = getattr(before, figure), getattr(now, figure)
            yield from _grown(name, figure, old, new, getattr(limits, limit), "B")
    yield from _parity(name, before, now, limits)
    yield from _accuracy(name, before, now, limits)


def _latency(name: str, before: CellFigures, now: CellFigures, limits: Limits) -> Iterator[Finding]:
    unit = now.latency_unit or ""
    if before.timing_kind != now.timing_kind or before.latency_unit != now.latency_unit:
        detail = f"timed as {now.timing_kind} in {unit}, the baseline as {before.timing_kind}"
        yield Finding(name, "latency", "note", detail)
    elif is_deterministic(now.timing_kind or ""):
        layers = _slower_layers(before, now, limits)
        told: set[Verdict] = set()
        for figure in ("latency_median", "latency_max"):
            old, new = getattr(before, figure), getattr(now, figure)
            for each in _grown(name, figure, old, new, (old or 0.0) * limits.count_growth, unit):
                if each.verdict in told:
                    continue  # the maximum would only say the same again
                told.add(each.verdict)
                more = f"; {layers}" if layers and each.verdict == "regression" else ""
                yield replace(each, detail=each.detail + more)
    elif now.timing_kind == "hardware":
        yield from _hardware(name, before, now, limits)


def _slower_layers(before: CellFigures, now: CellFigures, limits: Limits) -> str:
    slower = [
        f"layer {layer}: {old:,.0f} to {new:,.0f} ({new / old - 1:+.1%})"
        for layer, old in before.layers.items()
        if (new := now.layers.get(layer, old)) > old * (1 + limits.count_growth) and old > 0
    ]
    return "; ".join(slower)


def _hardware(
    name: str, before: CellFigures, now: CellFigures, limits: Limits
) -> Iterator[Finding]:
    if not before.times:
        return
    if not now.times:
        yield _lost(name, "latency_median", f"{len(before.times)} times")
        return
    from scipy.stats import mannwhitneyu

    p = float(mannwhitneyu(before.times, now.times, alternative="two-sided").pvalue)
    old, new = float(np.median(before.times)), float(np.median(now.times))
    factor = max(old, new) / min(old, new) if min(old, new) > 0 else float("inf")
    if p < limits.hardware_p and factor > limits.hardware_factor:
        verdict: Verdict = "regression" if new > old else "improvement"
        change = f"{_change(old, new, now.latency_unit or '')}; Mann-Whitney p = {p:.1e}"
        yield Finding(name, "latency_median", verdict, change)
    # Of so few times no order has a p below the limit: 2 / C(n + m, n) is the least there is.
    elif 2 / comb(len(before.times) + len(now.times), len(now.times)) >= limits.hardware_p:
        detail = (
            f"{len(before.times)} and {len(now.times)} times are too few for "
            f"p < {limits.hardware_p:g}: not judged"
        )
        yield Finding(name, "latency_median", "note", detail)


def _parity(name: str, before: CellFigures, now: CellFigures, limits: Limits) -> Iterator[Finding]:
    passes = 0.0 if now.parity_max_abs is None else limits.parity_abs
    first = _first_wrong_layer(before, now, passes)
    seen = False
    for finding in _grown(
        name, "parity_max_lsb", before.parity_max_lsb, now.parity_max_lsb, 0, "LSB off TFLite"
    ):
        seen = seen or finding.verdict == "regression"
        yield replace(finding, detail=finding.detail + (f"; {first}" if first else ""))
    old, new = before.parity_max_abs, now.parity_max_abs
    if old is not None and new is None:
        yield _lost(name, "parity_max_abs", f"{old:.1e} off TFLite")
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


def _accuracy(
    name: str, before: CellFigures, now: CellFigures, limits: Limits
) -> Iterator[Finding]:
    if before.score is not None and not isnan(before.score):
        yield from _score(name, before.score, now.score, limits)
    was, is_now = before.right_samples(), now.right_samples()
    if was is not None and is_now is None:
        yield _lost(name, "accuracy", f"{was.mean():.1%}")
    if was is None or is_now is None:
        return
    if len(was) != len(is_now):
        detail = f"{len(is_now)} samples, the baseline {len(was)}: not compared"
        yield Finding(name, "accuracy", "note", detail)
        return
    change = float(is_now.mean() - was.mean())
    if change == 0:
        return
    p = mcnemar(is_now, was)
    fell = limits.accuracy_drop is not None and -change > limits.accuracy_drop + ROUNDING
    detail = f"{was.mean():.1%} to {is_now.mean():.1%}; McNemar p = {p:.2g}"
    if change < 0 and (p < limits.accuracy_p or fell):
        yield Finding(name, "accuracy", "regression", detail)
    elif change > 0 and p < limits.accuracy_p:
        yield Finding(name, "accuracy", "improvement", detail)
    else:
        yield Finding(name, "accuracy", "note", f"{detail}: within what chance does")


def _score(name: str, before: float, now: float | None, limits: Limits) -> Iterator[Finding]:
    """R² and AUC: only a fixed limit tells a regression, for single samples are not kept."""
    if now is None or isnan(now):  # outputs that are no numbers have no score
        yield _lost(name, "score", f"{before:.1%}")
        return
    if now == before:
        return
    detail = f"{before:.1%} to {now:.1%}"
    if limits.accuracy_drop is None:
        yield Finding(name, "score", "note", f"{detail}: [gate] accuracy_drop would limit it")
    elif before - now > limits.accuracy_drop + ROUNDING:
        yield Finding(name, "score", "regression", detail)


def _grown(
    name: str, figure: str, before: float | None, now: float | None, allowed: float, unit: str
) -> Iterator[Finding]:
    if before is None and now is None:
        return
    if now is None:
        yield _lost(name, figure, f"{before:,} {unit}")
    elif before is None:
        yield Finding(name, figure, "note", f"{now:,} {unit}, not measured in the baseline")
    elif now > before + allowed:
        yield Finding(name, figure, "regression", _change(before, now, unit))
    elif now < before:
        yield Finding(name, figure, "improvement", _change(before, now, unit))


def _lost(name: str, figure: str, was: str) -> Finding:
    return Finding(name, figure, "regression", f"was {was}, is not measured")


def _change(before: float, now: float, unit: str) -> str:
    share = f" ({now / before - 1:+.1%})" if before else ""
    return f"{_figure(before)} to {_figure(now)} {unit}{share}"


def _figure(value: float) -> str:
    """Counts and medians of two counts in full, other figures with six digits at most."""
    if float(2 * value).is_integer():
        return f"{value:,.1f}".removesuffix(".0")
    return f"{value:,g}" if value < 1e6 else f"{value:,.0f}"
