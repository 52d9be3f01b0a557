import json
from pathlib import Path

import pandas as pd
import pytest

from harness import load_results
from harness.errors import InputError
from harness.report.write import write_report
from harness.results import exports
from harness.results.columns import COLUMNS, unit_of
from harness.results.exports import to_json
from harness.results.table import results_frame
from tests.report.synthetic import Made, make_run


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """One run for all tests here, which only read it."""
    return make_run(tmp_path_factory.mktemp("store") / "results.sqlite")


@pytest.fixture(scope="module")
def folder(made: Made) -> Path:
    """Its report."""
    return write_report(made.store, made.run_id, made.store.path.parent / "reports")


def test_all_tables_hold_the_same_rows(made: Made, folder: Path) -> None:
    from_store = load_results(made.store.path, run=made.run_id)
    for name in ("results.json", "results.parquet"):
        pd.testing.assert_frame_equal(load_results(folder / name), from_store, check_exact=True)
    read = load_results(folder / "results.csv")  # pandas' parser is off by a last digit
    pd.testing.assert_frame_equal(read, from_store, rtol=1e-14)
    pd.testing.assert_frame_equal(load_results(folder), from_store, check_exact=True)


def test_json_keeps_small_figures_whole(made: Made) -> None:
    frame = results_frame(made.store, made.run_id)
    frame.loc[0, ["mcnemar_p", "parity_max_abs"]] = 3.2e-19, float("inf")
    row = json.loads(to_json(frame, {}))["rows"][0]
    assert (row["mcnemar_p"], row["parity_max_abs"]) == (3.2e-19, None)  # JSON has no infinity


def test_units_stand_in_the_names_and_never_mix(made: Made, folder: Path) -> None:
    plain, tidy = results_frame(made.store, made.run_id), load_results(folder)
    counted = (plain["latency_unit"] == "instructions").fillna(False)
    found = tidy["latency_median_instructions"]
    wanted = plain.loc[counted, "latency_median"]
    assert found[counted].dropna().tolist() == wanted.dropna().tolist()
    assert found[~counted].isna().all()
    assert tidy["latency_median_us"].notna().sum() > 0
    assert tidy["accuracy_device_fraction"].max() <= 1
    assert tidy["accuracy_seeds_mean_fraction"].tolist() == plain["accuracy_seeds_mean"].tolist()
    assert tidy["flash_limit_bytes"].tolist() == plain["flash_limit"].tolist()
    assert {"latency_median", "accuracy_device"}.isdisjoint(tidy.columns)


def test_json_tells_its_schema(made: Made, folder: Path) -> None:
    content = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert (content["format"], content["version"]) == ("tinyml-harness results", 1)
    assert list(content["columns"]) == [column.name for column in COLUMNS]
    assert content["columns"]["flash_bytes"] == {"type": "Int64", "unit": "B"}
    assert content["run"]["id"] == made.run_id
    refused = next(row for row in content["rows"] if row["status"] == "refused")
    assert refused["latency_median"] is None
    assert (unit_of("counter_hz"), unit_of("latency_p95"), unit_of("speedup")) == (
        "Hz",
        "see latency_unit",
        "",
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("none.json", None, "no such file"),
        ("results.json", "{}", "its 'format' is another"),
        ("results.json", "{", "no table of results"),
        ("results.json", '{"format": "tinyml-harness results", "version": 9}', "version 9"),
        ("results.xls", "a", "unknown ending"),
        ("results.parquet", "a", "no table of results"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, name: str, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load_results(tmp_path / name)


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no results in this folder"):
        load_results(tmp_path)


def test_without_pyarrow_there_is_no_parquet_and_reading_it_names_the_extra(
    made: Made, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "find_spec", lambda _: None)
    without = write_report(made.store, made.run_id, tmp_path / "without")
    assert not (without / "results.parquet").exists()
    assert (without / "results.json").exists()

    def read_parquet(_: Path) -> pd.DataFrame:
        raise ImportError("Missing optional dependency 'pyarrow'")

    monkeypatch.setattr(pd, "read_parquet", read_parquet)
    with pytest.raises(InputError, match="read by pyarrow") as caught:
        load_results(folder / "results.parquet")
    assert "tinyml-harness[parquet]" in caught.value.hint
