"""Columns on the comparison with the one original of a target."""

from __future__ import annotations

from harness.results.columns.column import FRACTION, Column
from harness.results.figures import CellFigures
from harness.results.soundness import warnings

COMPARED: tuple[Column[CellFigures], ...] = (
    Column(
        "baseline",
        "string",
        "the unpruned model of the target that this one is compared with: the first dtype measured "
        "of float32, int16x8, dynamic, int8, int8_pertensor ([why](statistics.md))",
        lambda cell: cell.baseline and cell.baseline.name,
    ),
    Column(
        "largest_drop",
        "float64",
        "drop of the score from the baseline that is not excluded, one-sided at 95 %, this model "
        "judged alone; empty for the baseline",
        lambda cell: cell.largest_drop,
        FRACTION,
    ),
    Column(
        "compared_samples",
        "Int64",
        "samples behind `largest_drop`: test samples, and validation samples where both models "
        "equal the reference",
        lambda cell: cell.comparison and cell.comparison.change.n,
    ),
    Column(
        "warning",
        "string",
        "what to know of the figures of a cell that is `ok`: outputs other than TensorFlow Lite's, "
        "constant ones, a conversion that changed the model, clamped inputs",
        lambda cell: "; ".join(warnings(cell.cell)),
        blank=True,
    ),
)
