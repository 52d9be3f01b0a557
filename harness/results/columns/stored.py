"""Columns that are read as they were stored, with the cell or with its model file."""

from __future__ import annotations

from typing import Any

from harness.results.columns.column import Column, Dtype
from harness.results.figures import CellFigures


def of_cell(name: str, dtype: Dtype, note: str, unit: str = "") -> Column[CellFigures]:
    """A column of the cell's fact of that name."""
    return Column(name, dtype, note, lambda cell: cell.fact(name), unit)


def of_model(name: str, dtype: Dtype, note: str, unit: str = "") -> Column[CellFigures]:
    """A column of the model file's field of that name (store.Artifact)."""

    def value(cell: CellFigures) -> Any:
        return None if cell.artifact is None else getattr(cell.artifact, name)

    return Column(name, dtype, note, value, unit)
