import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.compare import baseline as files
from harness.compare.baseline import Baseline
from harness.compare.judge import judge
from harness.errors import InputError
from harness.plan.limits import Limits
from harness.results.data import load_run
from tests.report.synthetic import Made, make_run


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return make_run(tmp_path / "results.sqlite")


@pytest.fixture
def baseline(made: Made) -> Baseline:
    return files.of_run(made.store, made.run_id)


def test_figures_are_those_of_the_run(made: Made, baseline: Baseline) -> None:
    cell = baseline.cells["magnitude/int8/codegen/qemu-m4"]
    counts = made.counts["magnitude", "int8", "qemu-m4"]
    assert cell.latency_median == np.median(counts[1:])  # the first call was cold
    assert cell.parity_max_lsb == 2
    right = cell.right_samples()
    assert right is not None
    said = made.outputs["magnitude", "int8", "qemu-m4"].argmax(axis=1)
    assert right.tolist() == (said == made.labels).tolist()
    refused = baseline.cells["random/int8/codegen/qemu-m4"]
    assert (refused.status, refused.latency_median) == ("refused", None)
    assert "5,000,000 B" in refused.reason


def test_times_that_no_clock_told_are_left_out(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    data = load_run(made.store, made.run_id)
    cell = next(each for each in data.cells if each.record.key.target == "host")
    counts = cell.samples.counts.copy()
    counts[[5, 6]] = np.nan
    record = replace(cell.record, facts=replace(cell.record.facts, timing_kind="hardware"))
    timed = replace(cell, record=record, samples=replace(cell.samples, counts=counts))
    monkeypatch.setattr(files, "load_run", lambda *_: replace(data, cells=[timed]))
    (figures,) = files.of_run(made.store, made.run_id).cells.values()
    assert figures.times == tuple(np.delete(counts, [0, 5, 6]))  # the first call was cold


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
        ('{"format": "tinyml-harness baseline", "version": 7}', "version 7, this harness reads 1"),
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
