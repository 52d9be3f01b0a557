"""Which models a report tells in detail where there are too many for everybody's patience."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from harness.report.pareto import pareto_front
from harness.report.plots.pareto_plot import MOST_NAMED
from harness.results.data import RunData


def shortlist(data: RunData, frame: pd.DataFrame) -> RunData:
    """The run with the models that plots and details show; all, up to MOST_NAMED of them.

    Of more: the originals, then those on the Pareto front of a target in the order of the table.
    """
    if len(data.artifacts) <= MOST_NAMED:
        return data
    front = pareto_front(frame, data.metric)
    originals = [cell.record.key for cell in data.cells if cell.original]
    keys = originals + [data.cells[index].record.key for index in sorted(front)]
    kept = set(list(dict.fromkeys((key.variant, key.dtype) for key in keys))[:MOST_NAMED])
    return replace(
        data,
        artifacts=[item for item in data.artifacts if (item.variant, item.dtype) in kept],
        cells=[
            cell for cell in data.cells if (cell.record.key.variant, cell.record.key.dtype) in kept
        ],
    )
