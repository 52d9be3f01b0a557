"""What to ship on each target, and whether pruning made the model faster there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from harness.measure.metric import Metric
from harness.results.engines import CODEGEN, model_name
from harness.results.wording import (
    count,
    factor,
    integer,
    listing,
    missing,
    percent,
    plural,
    points,
    unit,
)

TOLERANCE = 0.01  # one percentage point of accuracy
HOST_CLOCK = "host-clock"
ROUNDING = 1e-9  # 0.97 - 0.96 must count as one point
# Factors this close to 1 are called "no faster": what a timing kind can tell apart between two runs
SAME_SPEED = {"instructions": 0.02, "cycle-accurate": 0.02, "hardware": 0.05, "host-clock": 0.25}


@dataclass(frozen=True)
class Verdict:
    """One target's answer.

    `choice` is the row of the frame to ship and `baseline` that of the original it was held
    against; both None where the rule cannot be applied, `headline` then says why. `support` are
    the figures behind it, `finding` whether pruning paid in speed.
    """

    target: str
    title: str
    timing_kind: str
    choice: int | None
    baseline: int | None
    headline: str
    support: tuple[str, ...]
    finding: str

    @property
    def advice(self) -> str:
        """What the choice stands for: a wall clock on the host is no ground for shipping."""
        return "fastest" if self.timing_kind == HOST_CLOCK else "ship"


def verdicts(
    frame: pd.DataFrame, titles: dict[str, str], tolerance: float, metric: Metric
) -> list[Verdict]:
    """One verdict a target by `metric`, in the frame's order; `titles` by target's name."""
    return [
        _verdict(rows, str(target), titles.get(str(target), str(target)), tolerance, metric)
        for target, rows in frame.groupby("target", sort=False)
    ]


def rule(tolerance: float, metric: Metric) -> str:
    """The rule in words."""
    size = f"{100 * tolerance:g}"
    noun = "percentage point" if size == "1" else "percentage points"
    return (
        f"Of the variants whose {metric.noun} on the device is within {size} {noun} of the "
        "original's, the fastest; between equals the one that takes less flash, then the better "
        "one. The original held against is the best unpruned variant on that target, whatever its "
        "dtype. The rule takes the figures as measured: how far chance may have moved them is what "
        "the 95 % intervals say."
    )


def _verdict(
    rows: pd.DataFrame, target: str, title: str, tolerance: float, metric: Metric
) -> Verdict:
    kinds = rows["timing_kind"].dropna()
    kind = str(kinds.iloc[0]) if len(kinds) else ""
    finding = " ".join(filter(None, [_finding(rows, kind), _engines(rows)]))

    def without(headline: str) -> Verdict:
        return Verdict(target, title, kind, None, None, headline, (), finding)

    measured = rows[(rows["status"] == "ok") & rows["latency_median"].notna()]
    if measured.empty:
        return without(f"No verdict: none of {plural(len(rows), 'cell')} ended with figures")
    judged = measured[measured[metric.device].notna()]
    if judged.empty:
        lack = "for lack of labels or of outputs that can be scored"
        return without(f"No verdict: no {metric.noun} is known here, {lack}")
    originals = judged[judged["original"].fillna(False).astype(bool)]
    if originals.empty:
        return without("No verdict: no unpruned variant was measured here to compare with")
    bar = originals[metric.device].max() - tolerance - ROUNDING
    good = judged[judged[metric.device] >= bar]
    best_first = good.sort_values(metric.device, ascending=False, kind="stable")
    choice = _first(best_first, ["latency_median", "flash_bytes"], ascending=True)
    # Pruning is told from pruning: where there are two engines, the choice's own original.
    same = originals[originals["engine"] == frame_row(rows, choice).engine]
    own = originals if same.empty else same
    baseline = _first(own, [metric.device], ascending=False)
    row, before = frame_row(rows, choice), frame_row(rows, baseline)
    return Verdict(
        target=target,
        title=title,
        timing_kind=kind,
        choice=choice,
        baseline=baseline,
        headline=f"{'Fastest here:' if kind == HOST_CLOCK else 'Ship'} {model_name(row)}",
        support=_support(row, before, rows, metric),
        finding=finding,
    )


def _first(frame: pd.DataFrame, by: list[str], *, ascending: bool) -> int:
    ordered = frame.sort_values(by, ascending=ascending, kind="stable", na_position="last")
    return int(ordered.index.tolist()[0])


def frame_row(frame: pd.DataFrame, index: int) -> Any:
    """The row at `index`, columns as attributes."""
    return next(frame.loc[[index]].itertuples())


def _support(row: Any, before: Any, rows: pd.DataFrame, metric: Metric) -> tuple[str, ...]:
    other = row.Index != before.Index
    quality = f"{percent(metric.of(row))} % {metric.words}"
    low, high = metric.of(row, "low"), metric.of(row, "high")
    if not missing(low):
        quality += f" ({percent(low)} to {percent(high)})"
    latency = f"{count(row.latency_median)} {unit(row.latency_unit)} an inference"
    if other:
        change = metric.of(row) - metric.of(before)
        quality += f", {points(change)} points against {model_name(before)}"
        if row.latency_median > 0:
            ratio = before.latency_median / row.latency_median
            latency += f", {factor(ratio)} the speed of {model_name(before)}"
    if not row.original and row.dtype != before.dtype and not missing(row.speedup):
        latency += f" and {factor(row.speedup)} that of the unpruned {row.dtype} model"
    undone = int((rows["status"] != "ok").sum())
    left_out = [f"{plural(undone, 'cell')} of this target could not take part"] if undone else []
    sizes = [
        f"{integer(size)} B of {name}"
        + (f" instead of {integer(old)} B" if other and not missing(old) else "")
        for name, size, old in (
            ("flash", row.flash_bytes, before.flash_bytes),
            ("arena", row.arena_bytes, before.arena_bytes),
        )
        if not missing(size)
    ]
    return (quality, latency, *filter(None, [", ".join(sizes)]), *left_out)


def _finding(rows: pd.DataFrame, kind: str) -> str:
    """Whether pruning made the model faster, told from the speed-ups of the same dtype."""
    pruned = rows[
        (rows["status"] == "ok")
        & rows["speedup"].notna()
        & ~rows["original"].fillna(False).astype(bool)
    ]
    if pruned.empty:
        return "Whether pruning made the model faster here cannot be told: nothing to compare."
    margin = SAME_SPEED.get(kind, max(SAME_SPEED.values()))
    faster = pruned[pruned["speedup"] > 1 + margin]
    if faster.empty:
        start = "Pruning did not make the model faster here"
    elif len(faster) == len(pruned):
        start = "Pruning made the model faster here"
    else:
        start = f"Pruning made {len(faster)} of {plural(len(pruned), 'pruned cell')} faster here"
    full = rows.groupby("dtype")["parameters"].transform("max")
    smaller = pruned["parameters"] < full.loc[pruned.index]
    groups = [
        (pruned[smaller.fillna(False)], "removing channels or neurons"),
        (pruned[~smaller.fillna(False)], "zero weights in unchanged shapes"),
    ]
    parts = [f"{name} {_range(group['speedup'])}" for group, name in groups if len(group)]
    text = f"{start}: {listing(parts)} the original's speed at the same dtype."
    if kind == HOST_CLOCK:
        text += f" Less than {100 * margin:.0f} % is noise on this clock."
    return text


def _engines(rows: pd.DataFrame) -> str:
    """How fast each other engine ran the models that codegen ran too; "" for one engine."""
    measured = rows[(rows["status"] == "ok") & (rows["latency_median"] > 0)]
    times = measured.pivot_table("latency_median", ["variant", "dtype"], "engine")
    if CODEGEN not in times:
        return ""
    told = []
    for engine in times.columns.drop(CODEGEN):
        ratios = (times[engine] / times[CODEGEN]).dropna()
        if len(ratios):
            told.append(
                f"{CODEGEN} had {_range(ratios)} the speed of {engine} on "
                f"{plural(len(ratios), 'model')} that both ran."
            )
    return " ".join(told)


def _range(speedups: pd.Series[float]) -> str:
    low, high = factor(speedups.min()), factor(speedups.max())
    return low if low == high else f"{low} to {high}"
