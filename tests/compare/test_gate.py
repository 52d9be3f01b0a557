import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.compare import baseline as files
from harness.compare import gate
from harness.errors import InputError, StoreError
from harness.plan.limits import Limits
from harness.store import Store
from tests.compare.test_latency import boards
from tests.report.synthetic import Made, make_run

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def made(tmp_path: Path) -> Made:
    return make_run(tmp_path / "results.sqlite")


def test_limits_come_from_the_run_s_plan() -> None:
    assert gate.limits_of("[gate]\ncount_growth = 0.02\n") == Limits(count_growth=0.02)
    assert gate.limits_of("no plan at all") == Limits()


def test_accept_then_twenty_runs_raise_no_alarm(tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    accepted = RUNNER.invoke(app, ["compare", str(baseline), str(tmp_path), "--accept"])
    assert (accepted.exit_code, baseline.exists()) == (0, True)
    for number in range(20):
        make_run(tmp_path / f"{number}" / "results.sqlite").store.close()
        again = RUNNER.invoke(app, ["compare", str(baseline), str(tmp_path / f"{number}")])
        assert again.exit_code == 0
        assert "no regression in 16 cells against abc123" in again.output


def test_a_regression_closes_the_gate_and_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    baseline = tmp_path / "baseline.json"
    RUNNER.invoke(app, ["compare", str(baseline), str(tmp_path), "--accept"])
    text = baseline.read_text(encoding="utf-8")
    baseline.write_text(text.replace('"flash_bytes": 5200', '"flash_bytes": 5000'), "utf-8")
    step = tmp_path / "step.md"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(step))
    junit, summary = tmp_path / "junit.xml", tmp_path / "summary.md"
    done = RUNNER.invoke(
        app,
        ["compare", str(baseline), str(tmp_path), "--junit", str(junit), "--summary", str(summary)],
    )
    assert done.exit_code == 1
    wanted = "5,000 to 5,200 B (+4.0%)"
    for text in (done.output, junit.read_text("utf-8"), summary.read_text("utf-8")):
        assert wanted in text
    assert summary.read_text("utf-8") == step.read_text("utf-8")
    assert "::error title=original/int8/codegen/qemu-m4 flash_bytes::" in done.output


def test_a_baseline_file_holds_no_run_to_choose(tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    RUNNER.invoke(app, ["compare", str(baseline), str(tmp_path), "--accept"])
    with pytest.raises(InputError, match="only a store holds several runs; leave --run away"):
        gate.load(baseline, 1)


def test_a_baseline_of_an_older_harness_is_read_and_told(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    RUNNER.invoke(app, ["compare", str(path), str(tmp_path), "--accept"])
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["version"] == 3
    for cell in content["cells"].values():
        cell.pop("counts", None)
    path.write_text(json.dumps(content | {"version": 1}), encoding="utf-8")
    done = RUNNER.invoke(app, ["compare", str(path), str(tmp_path)])
    assert done.exit_code == 0
    assert "counts are compared by median and maximum only" in " ".join(done.output.split())


def test_an_empty_or_half_written_store_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.sqlite"
    Store(empty).close()
    with pytest.raises(InputError, match="holds no run yet"):
        gate.load(empty)
    half = tmp_path / "half" / "results.sqlite"
    half.parent.mkdir()
    whole = make_run(tmp_path / "whole.sqlite")
    whole.store.close()
    content = (tmp_path / "whole.sqlite").read_bytes()
    half.write_bytes(content[: len(content) // 2])
    with pytest.raises(StoreError):
        gate.load(half)


def test_a_board_that_may_be_slower_is_not_decided_and_neither_open_nor_green(
    tmp_path: Path,
) -> None:
    times = 500 * np.exp(np.random.default_rng(1).normal(0, 0.01, (4, 6)))
    times[0, 5] = times[0, :5].mean() * 1.04
    files.write(tmp_path / "old.json", boards(times[:, :5]))
    files.write(tmp_path / "new.json", boards(times[:, 5:], 5))
    done = RUNNER.invoke(app, ["compare", str(tmp_path / "old.json"), str(tmp_path / "new.json")])
    assert done.exit_code == 3
    assert "4 more runs of this image will tell" in " ".join(done.output.split())
    assert "uno: a step of 1.6% is seen in 5 runs 9 times of 10" in done.output
    assert "not decided: 1 cell of 4 may be slower" in done.output
    five = np.concatenate([times[:, :5] * 1.0, times[:, 5:]], axis=1)[:, [5] * 5]
    files.write(tmp_path / "new.json", boards(five, 5))
    done = RUNNER.invoke(app, ["compare", str(tmp_path / "old.json"), str(tmp_path / "new.json")])
    assert done.exit_code == 1
