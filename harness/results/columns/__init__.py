"""The columns of results.csv, results.json and results.parquet: one record each, in order."""

from __future__ import annotations

from harness.results.columns.authorities import AUTHORITY
from harness.results.columns.column import Column
from harness.results.columns.compared import COMPARED
from harness.results.columns.contract import CONTRACT
from harness.results.columns.details import DETAILS
from harness.results.columns.energy import ENERGY
from harness.results.figures import CellFigures

COLUMNS: tuple[Column[CellFigures], ...] = (
    *CONTRACT,
    *DETAILS,
    *ENERGY,
    *COMPARED,
    *AUTHORITY,
)
BY_NAME = {column.name: column for column in COLUMNS}
DTYPES = {column.name: column.dtype for column in COLUMNS}


def unit_of(name: str) -> str:
    """Unit of a column, empty of names, counts and ratios, and of columns that are not known."""
    return BY_NAME[name].unit if name in BY_NAME else ""
