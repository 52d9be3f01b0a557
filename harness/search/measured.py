"""The measured variants of a search's run."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from harness.report.verdict import frame_row
from harness.results.comparison import validation_answers
from harness.results.data import RunData
from harness.results.table import frame_of


@dataclass(frozen=True)
class MeasuredCell:
    """One measured variant; `validation` and `test` are accuracies, `flash` that of the image."""

    variant: str
    dtype: str
    target: str
    latency: float
    flash: int | None
    arena: int | None
    validation: float | None
    test: float | None
    searched: bool


def measured_cells(data: RunData, searched: Collection[str]) -> Iterator[MeasuredCell]:
    """Yield the cells that ended well; `searched`: names of the variants that the search made."""
    frame = frame_of(data)
    for place, cell in enumerate(data.cells):
        if cell.record.status != "ok":
            continue
        key, row = cell.record.key, frame_row(frame, place)
        held, labels = validation_answers(data, cell), data.run.validation_labels
        quality = data.metric.of(row)
        yield MeasuredCell(
            variant=key.variant,
            dtype=key.dtype,
            target=key.target,
            latency=float(row.latency_median),
            flash=cell.record.facts.flash_bytes,
            arena=cell.record.facts.arena_bytes,
            validation=None if held is None or labels is None else float((held == labels).mean()),
            test=None if quality is None else float(quality),
            searched=key.variant in searched,
        )
