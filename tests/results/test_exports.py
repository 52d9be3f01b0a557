import json
from pathlib import Path

import pandas as pd
import pytest

from harness import load_results
from harness.errors import InputError
from harness.report.write import write_report
from harness.results.exports import to_json, to_latex, unit_of
from harness.results.table import COLUMNS, results_frame
from tests.report.synthetic import Made


@pytest.fixture
def folder(made: Made, tmp_path: Path) -> Path:
    return write_report(made.store, made.run_id, tmp_path / "reports")


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
    assert {"latency_median", "accuracy_device"}.isdisjoint(tidy.columns)


def test_json_tells_its_schema(made: Made, folder: Path) -> None:
    content = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert (content["format"], content["version"]) == ("tinyml-harness results", 1)
    assert list(content["columns"]) == list(COLUMNS)
    assert content["columns"]["flash_bytes"] == {"type": "Int64", "unit": "B"}
    assert content["run"]["id"] == made.run_id
    refused = next(row for row in content["rows"] if row["status"] == "refused")
    assert refused["latency_median"] is None
    assert (unit_of("counter_hz"), unit_of("latency_p95"), unit_of("speedup")) == (
        "Hz",
        "see latency_unit",
        "",
    )


def test_latex_escapes_names_and_leaves_out_what_was_not_measured(made: Made) -> None:
    frame = results_frame(made.store, made.run_id)
    frame["variant"] = frame["variant"].str.replace("neuron", "neuron_20%")
    text = to_latex(frame, "digits_a&b")
    assert text.count(r"\begin{tabular}") == text.count(r"\bottomrule") == 2
    assert r"neuron\_20\% & int8 & 96.7 & " in text
    assert r"digits\_a\&b on qemu-m4; latency is instructions counted by a simulator." in text
    assert r"$\mu$s" in text
    lines = [line for line in text.splitlines() if " & int8 & " in line]
    assert len(lines) == 7  # four variants on two targets, one of them refused
    assert {line.count("&") - line.count(r"\&") for line in lines} == {7}


def test_latex_tells_engines_apart_where_there_are_two(made: Made) -> None:
    frame = results_frame(made.store, made.run_id)
    assert "variant & dtype & accuracy" in to_latex(frame, "digits")
    frame.loc[frame["variant"] == "neuron", "engine"] = "tflm"
    text = to_latex(frame, "digits")
    assert r"\begin{tabular}{lllrrrrrr}" in text
    assert r"variant & dtype & engine & accuracy / \% & median latency & in" in text
    assert "neuron & int8 & tflm & 96.7 & " in text


def test_latex_writes_r2_without_a_package(made: Made) -> None:
    frame = results_frame(made.store, made.run_id)
    text = to_latex(frame.assign(task="regression", r2_device=0.5), "digits")
    assert r"dtype & R$^2$ / \% & median latency" in text


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
