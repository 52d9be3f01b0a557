"""The columns of the tables of results: heads, cells, and the documentation made of them."""

import importlib.util
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from harness.measure.metric import METRICS
from harness.report.columns import COLUMNS, MODELS, SIZES, UNDONE
from harness.report.table import Scope, Value
from harness.results.columns import BY_NAME
from harness.results.data import load_run
from harness.results.table import frame_of, results_frame
from tests.report.synthetic import Made

ROOT = Path(__file__).parents[2]
SCOPE = Scope(METRICS["classification"], "µs")
spec = importlib.util.spec_from_file_location(
    "column_tables", ROOT / "scripts" / "column_tables.py"
)
assert spec is not None
assert spec.loader is not None
column_tables = importlib.util.module_from_spec(spec)
spec.loader.exec_module(column_tables)


def cell(title: str, row: Any) -> Value:
    (column,) = (column for column in COLUMNS if column.head(SCOPE).title == title)
    return column.value(row, SCOPE)


def row_of(made: Made, variant: str, dtype: str, target: str = "qemu-m4", **changes: Any) -> Any:
    frame = results_frame(made.store, made.run_id).assign(**changes)
    rows = frame[(frame["variant"] == variant) & (frame["dtype"] == dtype)]
    return next(rows[rows["target"] == target].itertuples())


def test_the_documentation_has_the_columns_as_they_are() -> None:
    page = column_tables.PAGE.read_text(encoding="utf-8")
    assert column_tables.with_tables(page) == page, "run .venv/bin/python scripts/column_tables.py"
    for line in (
        "| Stack | B | `stack_bytes`: greatest depth of the stack in one call",
        "| Accuracy or R² or AUC | %, with 95 % interval | the device's outputs",
        "| `accuracy_device`, `r2_device`, `auc_device` | fraction | the device's outputs",
        "| `latency_median`, `latency_p95`, `latency_max` | `latency_unit` | over the warm calls",
        "| `on_device` | | whether the devices ran",
    ):
        assert f"\n{line}" in page


def test_every_column_is_explained() -> None:
    assert [column.head(SCOPE).title for column in COLUMNS if not column.note] == []


def test_the_figures_stand_together_between_names_and_sizes() -> None:
    groups = [column.group for column in COLUMNS]
    assert [one for one, other in pairwise(groups) if one != other] == ["name", "figure"]
    assert groups[-1] == "size"
    assert COLUMNS[-len(SIZES) :] == UNDONE[2:] == SIZES


def test_heads_have_the_unit_of_the_target_and_the_metric_of_the_task() -> None:
    heads = {column.head(SCOPE).plain for column in COLUMNS}
    assert {"Accuracy (%, with 95 % interval)", "Latency (µs, median)"} <= heads
    assert "Same as TFLite (% of classes)" in heads
    others = {column.head(Scope(METRICS["regression"])).plain for column in COLUMNS}
    assert {"R² (%, with 95 % interval)", "Latency", "Same as TFLite"} <= others
    named = {column.head(replace(SCOPE, baseline="original int8")).plain for column in COLUMNS}
    assert "Change (points against original int8, with p)" in named


def test_figures_are_written_with_what_belongs_to_them(made: Made) -> None:
    row = row_of(made, "neuron", "int8")
    assert cell("Variant", row) == Value("neuron", "neuron 80 %", "neuron")
    assert cell("Accuracy", row).text == "96.7"
    assert cell("Accuracy", row).sort == pytest.approx(116 / 120)
    assert cell("Change", row) == Value("±0.0", "p 0.863", 0.0)
    assert cell("Flash", row) == Value("3,100", sort=3100.0)
    assert cell("Stack", row_of(made, "neuron", "int8", "host")) == Value("–")  # noqa: RUF001


def test_the_original_has_no_change_and_is_called_unpruned(made: Made) -> None:
    row = row_of(made, "original", "int8")
    assert cell("Variant", row) == Value("original", "unpruned", "original")
    assert cell("Change", row) == Value("±0.0", "p 1.000", 0.0)
    assert cell("Change", row_of(made, "original", "float32")) == Value("", "", 0.0)
    other = row_of(made, "original", "int8", engine="tflm")
    assert cell("Variant", other).note == "unpruned · tflm"


def test_what_has_no_classes_is_sorted_by_its_difference_from_tflite(made: Made) -> None:
    row = row_of(made, "magnitude", "int8", parity_argmax=float("nan"))
    assert cell("Same as TFLite", row) == Value("off by ≤ 2 LSB", sort=2.0)
    row = row_of(made, "original", "int8", parity_argmax=float("nan"))
    assert cell("Same as TFLite", row) == Value("bit for bit on all 120 samples", sort=0.0)
    row = row_of(made, "original", "float32", parity_argmax=float("nan"))
    assert cell("Same as TFLite", row).sort == pytest.approx(1e-6, rel=0.1)


def test_a_figure_without_an_interval_has_none_below_it(made: Made) -> None:
    assert cell("Accuracy", row_of(made, "neuron", "int8", accuracy_low=None)).note == ""


def test_sizes_are_named_and_measured_as_in_results_csv() -> None:
    names = ("flash_bytes", "arena_bytes", "stack_bytes", "tflite_bytes", "gzip_bytes")
    for column, name in zip(SIZES, names, strict=True):
        assert column.unit == BY_NAME[name].unit == "B"
        assert column.note == f"`{name}`: {BY_NAME[name].note}"


def test_models_are_abbreviated_by_their_digest(made: Made) -> None:
    item = load_run(made.store, made.run_id).artifacts[0]
    assert frame_of(load_run(made.store, made.run_id))["sha256"][0] == item.sha256
    values = [column.value(item, SCOPE) for column in MODELS]
    assert values[0].text == "original float32"
    assert (values[-1].text, values[-1].title) == (item.sha256[:16], item.sha256)
