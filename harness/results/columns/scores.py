"""Columns of the metric by which a run is judged: one of each kind for every task.

`accuracy_device`, `r2_device` and `auc_device` are one record under three names; those of tasks
that the run does not have are empty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.measure.metric import ACCURACY, ALL_METRICS, Metric
from harness.results.columns.column import FRACTION, Column
from harness.results.figures import CellFigures

INTERVAL = "interval of the score on the device: " + ", ".join(
    f"of {metric.noun} {metric.interval}" for metric in ALL_METRICS
)
TESTS = "; ".join(metric.test for metric in ALL_METRICS)


@dataclass(frozen=True)
class Part:
    """A kind of column that every metric has."""

    note: str
    value: Callable[[CellFigures], Any]
    unit: str = FRACTION


PARTS = {
    "device": Part(
        "the device's outputs against the labels; only of cells that are `ok`",
        lambda cell: cell.score and cell.score.value,
    ),
    "tflite": Part(
        "the same model file under the `authority` on the computer",
        lambda cell: cell.reference_score,
    ),
    "keras": Part(
        "the Keras model that the file was converted from", lambda cell: cell.keras_score
    ),
    "low": Part(
        INTERVAL,
        lambda cell: cell.score and cell.score.low,
    ),
    "high": Part(INTERVAL, lambda cell: cell.score and cell.score.high),
    "delta": Part(
        "score on the device less that of the original of the same dtype, engine and target",
        lambda cell: cell.score_change,
    ),
    "p": Part(
        f"p of the paired test against the `baseline`, test sample by test sample ({TESTS}): small "
        "means that the two really differ; empty for the baseline",
        lambda cell: cell.score_p,
        unit="",
    ),
    "seeds_mean": Part(
        "mean over the float32 Keras models of all seeds on the test split, on the host",
        lambda cell: cell.seeds and cell.seeds.mean,
    ),
    "seeds_sd": Part(
        "sample standard deviation over seeds; empty for one seed",
        lambda cell: cell.seeds and cell.seeds.sd,
    ),
}


def scored(part: str, metric: Metric = ACCURACY) -> Column[CellFigures]:
    """The column of `part` for one metric."""
    kind = PARTS[part]
    name = metric.p_column if part == "p" else f"{metric.name}_{part}"

    def value(cell: CellFigures) -> Any:
        return kind.value(cell) if cell.metric is metric else None

    return Column(name, "float64", kind.note, value, kind.unit)


def of_other_metrics() -> list[Column[CellFigures]]:
    """All parts of every metric but accuracy."""
    others = [metric for metric in ALL_METRICS if metric is not ACCURACY]
    return [scored(part, metric) for metric in others for part in PARTS]
