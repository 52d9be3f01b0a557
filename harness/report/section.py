"""All that the report says of one target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from harness.measure.latency import is_deterministic
from harness.measure.metric import Metric
from harness.report.authorities import authority_sentences
from harness.report.columns import COLUMNS
from harness.report.energy import energy_notes
from harness.report.memory import MemoryMap, memory_map
from harness.report.rows import Links, Row, make_row
from harness.report.ship import Ship
from harness.report.table import Head, Scope
from harness.report.verdict import Verdict
from harness.results.data import RunData
from harness.results.wording import TIMING, count, integer, unit


@dataclass(frozen=True)
class TargetSection:
    """All about one target.

    `folded`: it is timed by the host's clock, beside targets that are not. `ship`: its model as a
    file, None where none was asked for.
    """

    name: str
    title: str
    verdict: Verdict
    timing: str
    caveat: str
    method: str
    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    memory: MemoryMap
    folded: bool
    ship: Ship | None = None

    @property
    def choice(self) -> Row | None:
        """The row of the verdict's choice."""
        return next((row for row in self.rows if row.index == self.verdict.choice), None)


def make_section(
    rows: pd.DataFrame,
    verdict: Verdict,
    data: RunData,
    front: frozenset[int],
    links: Mapping[int, Links],
    *,
    folded: bool,
) -> TargetSection:
    """Arrange the rows of one target; `links` by row."""
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
        rows=tuple(
            make_row(row, columns, scope, verdict, front, links.get(row.Index, Links()))
            for row in cells
        ),
        memory=memory_map(
            rows, front | ({verdict.choice} if verdict.choice is not None else frozenset())
        ),
        folded=folded,
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
