"""Verdicts: the model to ship on each target, the evidence, and the gain in speed by pruning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import pandas as pd

from harness.measure.metric import Metric
from harness.measure.noninferiority import ALPHA
from harness.report.decision import Candidate, Decision, decide
from harness.report.evidence import evidence
from harness.report.finding import HOST_CLOCK, engines_finding, pruning_finding, same_speed
from harness.results.baseline import DTYPES, baselines
from harness.results.comparison import answers_key, label_exchange, learned_p, pool
from harness.results.data import CellData, RunData
from harness.results.engines import model_name
from harness.results.soundness import trouble
from harness.results.wording import (
    count,
    factor,
    integer,
    listing,
    margin,
    missing,
    percent,
    plural,
    points,
    probability,
    unit,
)

TOLERANCE = 0.01  # one percentage point of accuracy
MOST_SEEN = 0.1  # test samples in training; more of them make every accuracy one of training
MOST_NAMED = 3  # models named with their trouble; further ones are counted


@dataclass(frozen=True)
class Verdict:
    """One target's answer.

    `choice` is the row of the frame that is advised and `baseline` that of the original; both None
    where the rule cannot be applied, `headline` then says why. `shown`: the choice is the original
    or was shown to be good enough, which earns the word "Ship". `support` are the figures behind
    it, `finding` whether pruning paid in speed. `troubles`: rows that are no choice, and why.
    """

    target: str
    title: str
    timing_kind: str
    choice: int | None
    baseline: int | None
    shown: bool
    headline: str
    support: tuple[str, ...]
    finding: str
    troubles: tuple[tuple[int, str], ...] = ()

    @property
    def advice(self) -> str:
        """Mark of the choice in tables: a wall clock on the host is no ground for shipping."""
        if self.timing_kind == HOST_CLOCK:
            return "fastest"
        return "ship" if self.shown else "candidate"


def verdicts(data: RunData, frame: pd.DataFrame, tolerance: float) -> list[Verdict]:
    """One verdict a target in the frame's order; `tolerance` is a fraction of the metric."""
    originals = baselines(data)
    return [
        _verdict(data, rows, str(target), originals.get(str(target)), tolerance)
        for target, rows in frame.groupby("target", sort=False)
    ]


def rule(tolerance: float, metric: Metric) -> str:
    """The rule in words."""
    return (
        f"“Ship”: the fastest model that is shown to be at most {margin(tolerance)} worse than the "
        f"original in {metric.noun}, with an error of 5 % for all models of a target together; "
        "latencies that the clock cannot tell apart are equal, then the better one counts, then "
        "the one that takes less flash. “Candidate”: the fastest model whose figures are within "
        f"{margin(tolerance)}, which is not shown. The original is the unpruned variant in the "
        f"first dtype measured of {listing(DTYPES)}: verdict and changes are against it."
    )


def _verdict(
    data: RunData, rows: pd.DataFrame, target: str, original: CellData | None, tolerance: float
) -> Verdict:
    kinds = rows["timing_kind"].dropna()
    kind = str(kinds.iloc[0]) if len(kinds) else ""
    finding = " ".join(filter(None, [pruning_finding(rows, kind), engines_finding(rows)]))
    cells = {index: data.cells[index] for index in rows.index}
    facts = [cell.record.facts.target_title for cell in cells.values()]
    title = str(next(filter(None, facts), target))
    obstacle = _obstacle(data, rows, original)
    if obstacle or original is None:
        headline = f"No verdict: {obstacle}"
        return Verdict(target, title, kind, None, None, False, headline, (), finding)

    candidates = _candidates(data, rows, cells, original)
    baseline = next(each for each in candidates if each.against is None)

    def worse_p(one: Candidate, other: Candidate) -> float:
        pooled = pool(data, cells[one.row], cells[other.row])
        return 1.0 if pooled is None else pooled.p

    found = decide(candidates, baseline, tolerance, same_speed(kind), worse_p)
    row, before = frame_row(rows, found.choice.row), frame_row(rows, baseline.row)
    return Verdict(
        target=target,
        title=title,
        timing_kind=kind,
        choice=found.choice.row,
        baseline=baseline.row,
        shown=found.shown,
        headline=_headline(row, found, kind, tolerance),
        support=(
            *_support(row, before, data.metric),
            *evidence(data, cells, found, original, tolerance),
            *_left_out(rows, candidates),
        ),
        finding=finding,
        troubles=tuple((each.row, each.trouble) for each in candidates if each.trouble),
    )


def _obstacle(data: RunData, rows: pd.DataFrame, original: CellData | None) -> str:
    """Why there is no verdict on these rows; "" where there is one."""
    measured = rows[(rows["status"] == "ok") & rows["latency_median"].notna()]
    if measured.empty:
        return f"none of {plural(len(rows), 'cell')} ended with figures"
    if measured[data.metric.device].isna().all():
        lack = "for lack of labels or of outputs that can be scored"
        return f"no {data.metric.noun} is known here, {lack}"
    if original is None:
        return "no unpruned variant was measured here to compare with"
    problem = trouble(original)
    if problem:
        return f"{original.name} cannot be compared with: {problem}"
    if data.seen > MOST_SEEN:
        return f"{percent(data.seen)} % of the test samples are training samples"
    exchange = label_exchange(data, original)
    if exchange:
        return f"{original.name}: {exchange}"
    p = learned_p(data, original)
    if p < ALPHA:
        return ""
    place = next(place for place, cell in enumerate(data.cells) if cell is original)
    value = f"{percent(data.metric.of(frame_row(rows, place)))} % {data.metric.words}"
    hint = ". Are labels in another order than outputs?" if data.run.classes else ""
    return f"{original.name} is not better than {data.metric.trivial} ({value}, {_p(p)}){hint}"


def _candidates(
    data: RunData, rows: pd.DataFrame, cells: Mapping[int, CellData], original: CellData
) -> list[Candidate]:
    """The cells that have a latency and answers to compare, the original among them."""
    found = []
    for row in _rows(rows):
        cell = cells[row.Index]
        pooled = pool(data, cell, original)
        if row.status != "ok" or missing(row.latency_median) or pooled is None:
            continue
        problem = trouble(cell)
        if not problem and (p := learned_p(data, cell)) >= ALPHA:
            problem = f"not better than {data.metric.trivial} ({_p(p)})"
        found.append(
            Candidate(
                row=row.Index,
                latency=float(row.latency_median),
                flash=inf if missing(row.flash_bytes) else float(row.flash_bytes),
                answers=answers_key(data, cell),
                against=None if cell is original else pooled.change,
                trouble=problem,
            )
        )
    return found


def _rows(frame: pd.DataFrame) -> Any:
    """All rows, columns as attributes."""
    return frame.itertuples()


def _headline(row: Any, found: Decision, kind: str, tolerance: float) -> str:
    name = model_name(row)
    verb = "Ship" if found.shown else "Candidate"
    start = f"Fastest here: {name}" if kind == HOST_CLOCK else f"{verb} {name}"
    if not found.shown or found.choice.against is None:
        return start
    models = plural(found.models, "model")
    return f"{start}, no more than {margin(tolerance)} worse (95 %, of {models})"


def frame_row(frame: pd.DataFrame, index: int) -> Any:
    """The row at `index`, columns as attributes."""
    return next(frame.loc[[index]].itertuples())


def _support(row: Any, before: Any, metric: Metric) -> tuple[str, ...]:
    other = row.Index != before.Index
    quality = f"{percent(metric.of(row))} % {metric.words}"
    low, high = metric.of(row, "low"), metric.of(row, "high")
    if not missing(low):
        quality += f" ({percent(low)} to {percent(high)})"
    latency = f"{count(row.latency_median)} {unit(row.latency_unit)} an inference"
    if other:
        change = metric.of(row) - metric.of(before)
        quality += f", {points(change)} points against {model_name(before)}"
        speeds = []
        if not row.original and row.dtype != before.dtype and not missing(row.speedup):
            speeds.append((row.speedup, f"the unpruned {row.dtype} model"))
        if row.latency_median > 0:
            speeds.append((before.latency_median / row.latency_median, model_name(before)))
        texts = [f"{factor(ratio)} the speed of {name}" for ratio, name in speeds]
        latency = ", ".join(filter(None, [latency, " and ".join(texts)]))
    sizes = [
        f"{integer(measured)} B of {name}"
        + (f" instead of {integer(old)} B" if other and not missing(old) else "")
        for name, measured, old in (
            ("flash", row.flash_bytes, before.flash_bytes),
            ("arena", row.arena_bytes, before.arena_bytes),
        )
        if not missing(measured)
    ]
    return (quality, latency, *filter(None, [", ".join(sizes)]))


def _left_out(rows: pd.DataFrame, candidates: list[Candidate]) -> list[str]:
    undone = int((rows["status"] != "ok").sum())
    lines = [f"{plural(undone, 'cell')} of this target could not take part"] if undone else []
    odd = [each for each in candidates if each.trouble]
    named = [
        f"{model_name(frame_row(rows, each.row))} is no choice: {each.trouble}"
        for each in odd[:MOST_NAMED]
    ]
    rest = len(odd) - len(named)
    return [*lines, *named, *([f"{plural(rest, 'more model')} are no choice, too"] if rest else [])]


def _p(p: float) -> str:
    return f"p {probability(p)}"
