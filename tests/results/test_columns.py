"""The columns of results.csv as records: names, units, and what JSON, notebooks and docs see."""

from pathlib import Path

import pandas as pd
import pytest

from harness.measure.metric import METRICS
from harness.results.columns import BY_NAME, COLUMNS, unit_of
from harness.results.columns.column import BYTES, FRACTION, LATENCY, Column, table
from harness.results.columns.scores import PARTS, scored


def test_names_are_unique_and_every_column_is_explained() -> None:
    assert len(BY_NAME) == len(COLUMNS)
    assert [column.name for column in COLUMNS if not column.note] == []
    assert [column.name for column in COLUMNS if "|" in column.note or "\n" in column.note] == []


@pytest.mark.parametrize(
    ("name", "unit", "tidy"),
    [
        ("flash_bytes", BYTES, "flash_bytes"),
        ("flash_limit", BYTES, "flash_limit_bytes"),
        ("sparsity", FRACTION, "sparsity_fraction"),
        ("auc_seeds_sd", FRACTION, "auc_seeds_sd_fraction"),
        ("mcnemar_p", "", "mcnemar_p"),
        ("counter_hz", "Hz", "counter_hz"),
        ("energy_idle_mw", "mW", "energy_idle_mw"),
        ("bracket", LATENCY, "bracket"),
        ("latency_unit", "", "latency_unit"),
        ("mae_device", "as the labels", "mae_device"),
    ],
)
def test_units(name: str, unit: str, tidy: str) -> None:
    assert (unit_of(name), BY_NAME[name].tidy_name) == (unit, tidy)


def test_a_column_that_is_not_known_has_no_unit() -> None:
    assert unit_of("not_a_column") == ""


def test_figures_are_told_from_names() -> None:
    numbers = {name for name, column in BY_NAME.items() if column.is_number}
    assert {"samples", "latency_median", "energy_uj"} <= numbers
    assert numbers & {"variant", "latency_unit", "original"} == set()


def test_every_metric_has_all_parts() -> None:
    for metric in METRICS.values():
        names = [scored(part, metric).name for part in PARTS]
        assert names[0] == metric.device
        assert metric.p_column in names
        assert set(names) <= BY_NAME.keys()


def test_a_table_has_the_dtypes_of_its_columns_without_rows_too() -> None:
    columns: list[Column[int]] = [
        Column("n", "Int64", "a number", lambda row: row or None),
        Column("half", "float64", "half of it", lambda row: row / 2 if row else None),
        Column("even", "boolean", "whether it is even", lambda row: row % 2 == 0),
        Column("text", "string", "in digits", str, blank=True),
    ]
    found = table(columns, [0, 3])
    assert found["n"].tolist() == [pd.NA, 3]
    assert found["half"].isna().tolist() == [True, False]
    assert found["half"][1] == 1.5
    assert found["even"].tolist() == [True, False]
    dtypes = {column.name: column.dtype for column in columns}
    assert {name: str(kind) for name, kind in table(columns, []).dtypes.items()} == dtypes


def test_texts_that_may_be_empty_are_read_back_from_csv(tmp_path: Path) -> None:
    from harness.results.load import read_table

    row = {name: "" for name, column in BY_NAME.items() if column.dtype == "string"}
    pd.DataFrame([row]).to_csv(tmp_path / "results.csv", index=False)
    read = read_table(tmp_path / "results.csv").iloc[0]
    blank = {name for name in row if not pd.isna(read[name])}
    assert blank == {"reason", "stage", "build_id", "warning"}
