"""The content of the report, the same for the HTML page and Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from harness.measure.latency import is_deterministic
from harness.measure.metric import Metric
from harness.report.authorities import authority_sentences
from harness.report.columns import COLUMNS, MODELS, UNDONE
from harness.report.confusion import Confusion, confusions
from harness.report.energy import energy_notes
from harness.report.kernels import Kernels, kernels_of
from harness.report.memory import MemoryMap, memory_map
from harness.report.pareto import pareto_front
from harness.report.rows import Filter, Row, filters_of, make_row
from harness.report.shortlist import shortlist
from harness.report.table import Head, Scope, Table, make_table
from harness.report.variants import Seeds, VariantDetail, seeds_of, variant_details
from harness.report.verdict import Verdict, rule, verdicts
from harness.results.data import STREAM, RunData
from harness.results.wording import (
    TIMING,
    count,
    integer,
    listing,
    plural,
    unit,
)


@dataclass(frozen=True)
class TargetSection:
    """All about one target."""

    name: str
    title: str
    verdict: Verdict
    timing: str
    caveat: str
    method: str
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    memory: MemoryMap


@dataclass(frozen=True)
class Page:
    """The whole report; `left_out` counts model files without details.

    `columns` are the titles of all columns that any target's table has.
    """

    title: str
    started: datetime
    run_id: int
    summary: str
    finished: bool
    rule: str
    columns: tuple[str, ...]
    targets: tuple[TargetSection, ...]
    filters: tuple[Filter, ...]
    undone: Table
    models: Table
    left_out: int
    kernels: tuple[Kernels, ...]
    confusions: tuple[Confusion, ...]
    metric: Metric
    variants: tuple[VariantDetail, ...]
    seeds: Seeds | None
    provenance: tuple[tuple[str, str], ...]
    plan_text: str


def make_page(data: RunData, frame: pd.DataFrame, tolerance: float) -> Page:
    """Arrange a run for reading; `tolerance` is the verdict's, a fraction."""
    found = verdicts(data, frame, tolerance)
    front = pareto_front(frame, data.metric)
    few = shortlist(data, frame, found)
    sections = tuple(
        _section(frame[frame["target"] == verdict.target], verdict, data, front)
        for verdict in found
    )
    undone = [row for row in frame.itertuples() if row.status != "ok"]
    scope = Scope(data.metric)
    return Page(
        title=data.run.plan_name,
        started=data.run.started,
        run_id=data.run.id,
        summary=_summary(data, frame),
        finished=data.run.finished is not None,
        rule=rule(tolerance, data.metric),
        columns=_titles(sections, scope),
        targets=sections,
        filters=filters_of({section.name: section.rows for section in sections}),
        undone=make_table(UNDONE, undone, scope),
        models=make_table(MODELS, data.artifacts, scope),
        left_out=len(data.artifacts) - len(few.artifacts),
        kernels=tuple(kernels_of(few)),
        confusions=tuple(confusions(few)),
        metric=data.metric,
        variants=tuple(variant_details(few, frame)),
        seeds=seeds_of(data),
        provenance=_provenance(data),
        plan_text=data.run.plan_text,
    )


def _titles(sections: Sequence[TargetSection], scope: Scope) -> tuple[str, ...]:
    shown = {head.title for section in sections for head in section.heads}
    titles = (column.head(scope).title for column in COLUMNS)
    return tuple(title for title in titles if title in shown)


def _boards(data: RunData) -> dict[str, str]:
    """The boards that measured, by target."""
    found = {
        f"board {cell.record.key.target}": cell.record.facts.board
        for cell in data.cells
        if cell.record.facts.board is not None
    }
    return dict(sorted(found.items()))


def _compilers(data: RunData) -> dict[str, str]:
    """Return the compilers as the images name them, with the targets of each."""
    targets: dict[str, dict[str, None]] = {}
    for cell in data.cells:
        if cell.record.facts.compiler is not None:
            targets.setdefault(cell.record.facts.compiler, {})[cell.record.key.target] = None
    named = "; ".join(f"{compiler} ({listing(list(on))})" for compiler, on in targets.items())
    return {"images built by": named} if named else {}


def _provenance(data: RunData) -> tuple[tuple[str, str], ...]:
    known = data.run.provenance | _compilers(data) | _boards(data)
    if STREAM in known:
        known[STREAM] = data.stream.words
    facts = [(name.replace("_", " "), str(value)) for name, value in known.items()]
    if data.pruned:  # MLPerf Tiny's rules: the closed division takes its models as they are
        facts.append(("MLPerf Tiny", f"Open division: {listing(data.pruned)}"))
    return tuple(facts)


def _summary(data: RunData, frame: pd.DataFrame) -> str:
    if frame.empty:
        return "This run holds no cells: nothing was measured."
    parts = [plural(frame[name].nunique(), name.removesuffix("s")) for name in ("variant", "dtype")]
    parts.append(plural(frame["target"].nunique(), "target"))
    states = frame["status"].value_counts()
    done = listing(
        [f"{states[name]:,} {name}" for name in ("ok", "failed", "refused", "pending")
         if name in states]
    )  # fmt: skip
    samples = plural(len(data.run.labels), "test sample") if data.run.labels.size else "no labels"
    if STREAM in data.run.provenance:
        samples += f" ({data.stream.words})"
    return f"{', '.join(parts)}, {samples}. Of {plural(len(frame), 'cell')}: {done}."


def _section(
    rows: pd.DataFrame,
    verdict: Verdict,
    data: RunData,
    front: frozenset[int],
) -> TargetSection:
    cells: list[Any] = list(rows.itertuples())
    units = rows["latency_unit"].dropna()
    named = rows["baseline"].dropna()
    scope = Scope(
        data.metric,
        unit(units.iloc[0]) if len(units) else "",
        str(named.iloc[0]) if len(named) else "",
    )
    columns = [column for column in COLUMNS if column.when(cells)]
    timing, caveat = TIMING.get(verdict.timing_kind, ("of an unknown kind", ""))
    return TargetSection(
        name=verdict.target,
        title=verdict.title,
        verdict=verdict,
        timing=timing,
        caveat=caveat,
        method=_method(rows, verdict, data.metric if data.labelled else None),
        heads=tuple(column.head(scope) for column in columns),
        rows=tuple(make_row(row, columns, scope, verdict, front) for row in cells),
        memory=memory_map(
            rows, front | ({verdict.choice} if verdict.choice is not None else frozenset())
        ),
    )


def _method(rows: pd.DataFrame, verdict: Verdict, metric: Metric | None) -> str:
    """Return the sentences on how the figures of one target were obtained."""
    done = rows[rows["status"] == "ok"]
    if done.empty:
        return "Nothing was measured here."
    parts = []
    counter = done["counter"].dropna()
    if len(counter):
        rate = done["counter_hz"].dropna()
        speed = f" at {rate.iloc[0] / 1e6:,.4g} MHz" if len(rate) else ""
        parts.append(f"Counter: {counter.iloc[0]}{speed}.")
    brackets = done["bracket"].dropna()
    name = unit(done["latency_unit"].iloc[0])
    if len(brackets):
        cost = f"{_span(brackets, count)} {name}"
        parts.append(f"Cost of an empty start and stop, subtracted: {cost}.")
    calls = done["latency_samples"].dropna()
    if len(calls):
        noun = "call" if calls.max() == 1 else "calls"
        parts.append(
            f"Median and p95 over {_span(calls, integer)} timed {noun} of the model alone, each on "
            "another test sample; warm-up calls left out."
        )
    cold = done["latency_cold"].dropna()
    if len(cold):
        parts.append(f"First call since boot, kept apart: {_span(cold, count)} {name}.")
    if is_deterministic(verdict.timing_kind):
        parts.append("The count repeats exactly: what spread there is comes from the samples.")
    if metric is not None:
        parts.append(
            f"{metric.title}: outputs of the device against the labels, {metric.interval}. "
            "Change: against the target's one original on the same samples, with the p of "
            f"{metric.test}, not corrected for the number of variants: of 20 that equal the "
            "original, one may have p < 0.05."
        )
    parts.append("Speed: median latency of the original of the same dtype divided by this one's.")
    parts.append(
        "Flash: the linked image with this model alone less the same image without models. Arena: "
        "planned, with input and output. Stack: painted and measured."
    )
    return " ".join([*parts, *authority_sentences(done), *energy_notes(done)])


def _span(values: Any, written: Callable[[Any], str]) -> str:
    """Least to greatest, or the one value."""
    return " to ".join(dict.fromkeys(written(x) for x in (values.min(), values.max())))
