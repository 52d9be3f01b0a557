"""Models that a report describes in detail where there are too many to describe all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from harness.report.pareto import pareto_front
from harness.report.plots.pareto_plot import MOST_NAMED
from harness.report.verdict import Verdict
from harness.results.data import RunData


def shortlist(data: RunData, frame: pd.DataFrame, found: Sequence[Verdict]) -> RunData:
    """The run with the models that plots and details show; all, up to MOST_NAMED of them.

    Of more: what the verdicts advise and the original that it is compared with, then the other
    originals, then the models on the Pareto front of a target in the order of the table.
    """
    if len(data.artifacts) <= MOST_NAMED:
        return data
    rows = [row for verdict in found for row in (verdict.choice, verdict.baseline)]
    rows += [row for row, cell in enumerate(data.cells) if cell.original]
    rows += sorted(pareto_front(frame, data.metric))
    keys = [data.cells[row].record.key for row in rows if row is not None]
    kept = set(list(dict.fromkeys((key.variant, key.dtype) for key in keys))[:MOST_NAMED])
    return replace(
        data,
        artifacts=[item for item in data.artifacts if (item.variant, item.dtype) in kept],
        cells=[
            cell for cell in data.cells if (cell.record.key.variant, cell.record.key.dtype) in kept
        ],
    )
