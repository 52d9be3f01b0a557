"""All figures of a run in one table: a row a cell, failed ones included."""

from __future__ import annotations

import pandas as pd

from harness.results.baseline import baselines
from harness.results.columns import COLUMNS
from harness.results.columns.column import table
from harness.results.data import RunData, load_run
from harness.results.figures import CellFigures
from harness.store import Store


def results_frame(store: Store, run_id: int) -> pd.DataFrame:
    """The run's table; what was not measured is missing (NA), never 0. Raises StoreError."""
    return frame_of(load_run(store, run_id))


def frame_of(data: RunData) -> pd.DataFrame:
    """The table of a run that is loaded already, with the names and dtypes of COLUMNS."""
    originals = baselines(data)
    return table(
        COLUMNS,
        [CellFigures(data, cell, originals.get(cell.record.key.target)) for cell in data.cells],
    )
