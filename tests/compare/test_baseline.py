import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.compare import baseline as files
from harness.compare import figures as run_figures
from harness.compare.baseline import Baseline
from harness.compare.judge import judge
from harness.errors import InputError
from harness.plan.limits import Limits
from harness.results.data import RunData, load_run
from harness.store import CellFacts, CellKey, SampleRow
from tests.report.synthetic import Made, make_run


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return make_run(tmp_path / "results.sqlite")


@pytest.fixture
def baseline(made: Made) -> Baseline:
    return run_figures.of_run(made.store, made.run_id)


def test_figures_are_those_of_the_run(made: Made, baseline: Baseline) -> None:
    cell = baseline.cells["magnitude/int8/codegen/qemu-m4"]
    counts = made.counts["magnitude", "int8", "qemu-m4"]
    assert cell.latency_median == np.median(counts[1:])  # the first call was cold
    kept = cell.sample_counts()
    assert kept is not None
    assert np.isnan(kept[0])
    assert kept[1:].tolist() == counts[1:].tolist()
    assert cell.runs == ()
    assert cell.parity_max_lsb == 2
    right = cell.right_samples()
    assert right is not None
    said = made.outputs["magnitude", "int8", "qemu-m4"].argmax(axis=1)
    assert right.tolist() == (said == made.labels).tolist()
    refused = baseline.cells["random/int8/codegen/qemu-m4"]
    assert (refused.status, refused.latency_median) == ("refused", None)
    assert "5,000,000 B" in refused.reason


def timed(made: Made, counts: np.ndarray, **facts: object) -> RunData:
    """The run with one board cell of these times."""
    data = load_run(made.store, made.run_id)
    cell = next(each for each in data.cells if each.record.key.target == "host")
    known = replace(cell.record.facts, timing_kind="hardware", **facts)
    samples = replace(cell.samples, counts=counts)
    return replace(
        data, cells=[replace(cell, record=replace(cell.record, facts=known), samples=samples)]
    )


def test_times_that_no_clock_told_are_left_out(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = np.linspace(5.0, 6.0, 120)
    counts[[5, 6]] = np.nan
    data = timed(made, counts, counter_hz=8_000_000)
    monkeypatch.setattr(run_figures, "load_run", lambda *_: data)
    (figures,) = run_figures.of_run(made.store, made.run_id).cells.values()
    (run,) = figures.runs
    warm = np.delete(counts, [0, 5, 6])  # the first call was cold
    assert run.log_time == pytest.approx(np.log(warm).mean())
    assert (run.samples, run.started) == (117, data.run.started.isoformat())
    assert (figures.tick, figures.counts) == (0.125, None)


def test_a_file_reads_back_as_it_was_written(tmp_path: Path, baseline: Baseline) -> None:
    path = tmp_path / "new" / "baseline.json"
    files.write(path, baseline)
    again = files.read(path)
    assert again == baseline
    assert judge(again, baseline, Limits()) == []
    assert list(path.parent.iterdir()) == [path]
    assert max(len(line) for line in path.read_text(encoding="utf-8").splitlines()) < 200


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "this is no baseline"),
        ('{"format": "tinyml-harn', "this is no baseline"),
        ("[1, 2]", "no baseline"),
        (
            '{"format": "tinyml-harness baseline", "version": 7}',
            "version 7, this harness reads 1, 2, 3",
        ),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        files.read(path)


def test_a_damaged_figure_is_named(tmp_path: Path, baseline: Baseline) -> None:
    path = tmp_path / "baseline.json"
    files.write(path, baseline)
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"]["original/int8/codegen/host"]["flash_bytes"] = "many"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=r"original/int8/codegen/host\.flash_bytes"):
        files.read(path)


def test_damaged_bits_are_named(tmp_path: Path, baseline: Baseline) -> None:
    path = tmp_path / "baseline.json"
    files.write(path, baseline)
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"]["original/int8/codegen/host"]["right"] = "no hex"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=r"damaged at cells\.original/int8/codegen/host\.right"):
        files.read(path)


@pytest.mark.parametrize("name", ["results.sqlite", "new.sqlite", "plan.toml"])
def test_nothing_but_a_baseline_is_replaced(
    tmp_path: Path, made: Made, baseline: Baseline, name: str
) -> None:
    path = tmp_path / name
    if name == "plan.toml":
        path.write_text("name = 'mine'\n", encoding="utf-8")
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(InputError, match=r"no baseline.*replaces nothing but a baseline"):
        files.write(path, baseline)
    assert (path.read_bytes() if path.exists() else None) == before
    assert made.store.latest_run() == made.run_id


def test_a_baseline_with_a_conflict_can_be_replaced(tmp_path: Path, baseline: Baseline) -> None:
    path = tmp_path / "baseline.json"
    path.write_text('<<<<<<< ours\n{\n "format": "tinyml-harness baseline",\n', encoding="utf-8")
    files.write(path, baseline)
    assert files.read(path) == baseline


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        files.read(tmp_path / "none.json")


def test_a_file_of_version_1_is_read(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    cell = {"status": "ok", "timing_kind": "hardware", "latency_unit": "us", "times": [1.0, 100.0]}
    old = {"format": files.FORMAT, "version": 1, "plan": "p", "cells": {"a/int8/codegen/uno": cell}}
    path.write_text(json.dumps(old), encoding="utf-8")
    (figures,) = files.read(path).cells.values()
    (run,) = figures.board_runs()
    assert (run.log_time, run.samples) == (pytest.approx(np.log(10)), 2)
    assert figures.sample_counts() is None


def test_damaged_counts_are_named(tmp_path: Path, baseline: Baseline) -> None:
    path = tmp_path / "baseline.json"
    files.write(path, baseline)
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"]["original/int8/codegen/qemu-m4"]["counts"] = ["bm9uZQ=="]
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=r"damaged at cells\.original/int8/codegen/qemu-m4: "):
        files.read(path)


def measure_again(made: Made, factor: float, **change: str) -> int:
    """A later run of the same plan with one board cell, `factor` as slow; returns its id."""
    run = made.store.run(made.run_id)
    key = CellKey("original", "int8", "codegen", "uno")
    later = made.store.begin_run(
        plan_name=change.get("plan", run.plan_name), plan_text="", plan_digest="d2", provenance={},
        labels=run.labels, classes=run.classes,
    )  # fmt: skip
    made.store.put_artifact(later, made.artifacts["original", "int8"])
    board = change.get("board", "serial 1")
    facts = CellFacts(timing_kind="hardware", latency_unit="us", board=board)
    cell = made.store.put_cell(later, key, facts=facts, build_id=change.get("build", "b"))
    output = made.artifacts["original", "int8"].reference_outputs
    rows = [SampleRow(i, i + 2, 100.0 * factor, output[i].tobytes()) for i in range(len(output))]
    made.store.add_samples(cell, rows)
    made.store.finish_cell(cell, CellFacts())
    return later


def test_a_board_s_baseline_has_the_newest_runs_of_its_image(made: Made) -> None:
    for number in range(6):
        measure_again(made, 1 + number / 100)
    measure_again(made, 9.0, build="other")
    measure_again(made, 9.0, board="serial 2")
    measure_again(made, 9.0, plan="another plan")
    last = measure_again(made, 1.10)
    (cell,) = run_figures.of_run(made.store, last).cells.values()
    factors = np.exp([run.log_time for run in cell.runs]) / 100
    assert factors.tolist() == pytest.approx([1.02, 1.03, 1.04, 1.05, 1.10])
    assert len({run.started for run in cell.runs}) == 5


@pytest.mark.parametrize("text", ["[" * 100_000, "{" * 10, "1" * 5000])
def test_a_file_that_no_parser_takes_is_a_typed_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="no baseline"):
        files.read(path)


@pytest.mark.parametrize(
    ("name", "value"), [("samples", -1), ("samples", 10**12), ("latency_median", float("nan"))]
)
def test_figures_out_of_range_are_named(
    tmp_path: Path, baseline: Baseline, name: str, value: float
) -> None:
    path = tmp_path / "baseline.json"
    files.write(path, baseline)
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"]["original/int8/codegen/host"][name] = value
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match=rf"damaged at cells\.original/int8/codegen/host\.{name}"):
        files.read(path)


def test_the_size_of_a_file_is_bounded(
    tmp_path: Path, baseline: Baseline, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write(tmp_path / "baseline.json", baseline)
    monkeypatch.setattr(files, "LARGEST", 10)
    with pytest.raises(InputError, match="it has more than 10 B"):
        files.read(tmp_path / "baseline.json")
