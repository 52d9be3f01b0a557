"""The content of the report, the same for the HTML page and Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from harness.measure.metric import Metric
from harness.report.columns import COLUMNS, MODELS, UNDONE
from harness.report.confusion import Confusion, confusions
from harness.report.kernels import Kernels, kernels_of, unlayered
from harness.report.matrix import Matrix, host_last, make_matrix
from harness.report.pareto import pareto_front
from harness.report.rows import Filter, Links, filters_of
from harness.report.section import TargetSection, make_section
from harness.report.ship import Ship
from harness.report.shortlist import shortlist
from harness.report.table import Scope, Table, make_table
from harness.report.variants import Seeds, VariantDetail, seeds_of, variant_details
from harness.report.verdict import rule, verdicts
from harness.results.data import STREAM, RunData
from harness.results.wording import listing, plural


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
    matrix: Matrix
    columns: tuple[str, ...]
    targets: tuple[TargetSection, ...]
    filters: tuple[Filter, ...]
    undone: Table
    models: Table
    left_out: int
    kernels: tuple[Kernels, ...]
    unlayered: tuple[str, ...]
    confusions: tuple[Confusion, ...]
    metric: Metric
    variants: tuple[VariantDetail, ...]
    seeds: Seeds | None
    provenance: tuple[tuple[str, str], ...]
    plan_text: str

    def with_ships(self, ships: Mapping[str, Ship]) -> Page:
        """Return the page with the models to ship as files, by target."""
        targets = (replace(each, ship=ships.get(each.name)) for each in self.targets)
        return replace(self, targets=tuple(targets))


def make_page(data: RunData, frame: pd.DataFrame, tolerance: float) -> Page:
    """Arrange a run for reading, targets timed by the host's clock last.

    `tolerance` is the verdict's, a fraction.
    """
    found = host_last(verdicts(data, frame, tolerance))
    front = pareto_front(frame, data.metric)
    matrix = make_matrix(frame, found, front, data.metric)
    few = shortlist(data, frame, found)
    details = tuple(variant_details(few, frame))
    kernels = tuple(kernels_of(few, [item.name for item in details]))
    links = _links(data, kernels, details)
    folded = {board.name for board in matrix.folded}
    sections = tuple(
        make_section(
            frame[frame["target"] == verdict.target],
            verdict,
            data,
            front,
            links,
            folded=verdict.target in folded,
        )
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
        matrix=matrix,
        columns=_titles(sections, scope),
        targets=sections,
        filters=filters_of({section.name: section.rows for section in sections}),
        undone=make_table(UNDONE, undone, scope),
        models=make_table(MODELS, data.artifacts, scope),
        left_out=len(data.artifacts) - len(few.artifacts),
        kernels=kernels,
        unlayered=unlayered(few),
        confusions=tuple(confusions(few)),
        metric=data.metric,
        variants=details,
        seeds=seeds_of(data),
        provenance=_provenance(data),
        plan_text=data.run.plan_text,
    )


def _links(
    data: RunData, kernels: Sequence[Kernels], details: Sequence[VariantDetail]
) -> dict[int, Links]:
    """Return the places, from 1, of the layers and details of each row's model."""
    layers = {key: place for place, item in enumerate(kernels, 1) for key in item.keys}
    names = {item.name: place for place, item in enumerate(details, 1)}
    keys = [cell.record.key for cell in data.cells]
    return {
        row: Links(layers.get(key, 0), names.get(key.variant, 0)) for row, key in enumerate(keys)
    }


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
