import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from harness.boards.catalogue import load_catalogue
from harness.errors import InputError
from harness.history.plot import draw
from harness.history.series import history, values_frame
from harness.history.steps import Step
from harness.history.text import method, render, write_history
from harness.results.exports import to_json
from harness.results.table import results_frame
from tests.cli.test_cli import harness, refused
from tests.report.synthetic import make_run

CELL = "neuron/int8/codegen/qemu-m4"
HOST = "neuron/int8/codegen/host"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    made = make_run(tmp_path_factory.mktemp("store") / "results.sqlite")
    return results_frame(made.store, made.run_id)


def publish(
    table: pd.DataFrame,
    folder: Path,
    latencies: list[float],
    cell: str = CELL,
    plan: str = "p",
    tools: Mapping[int, Mapping[str, str]] | None = None,
) -> Path:
    """A report for each figure that `cell` had, one a day; commits are c0, c1 and so on.

    `tools`: versions by day.
    """
    variant, dtype, _, target = cell.split("/")
    here = (table["variant"] == variant) & (table["dtype"] == dtype) & (table["target"] == target)
    for day, latency in enumerate(latencies):
        frame = table.copy()
        frame.loc[here, "latency_median"] = latency
        started = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
        run = {"id": day, "plan": plan, "started": started.isoformat(), "finished": None,
               "provenance": {"commit": f"c{day}"} | dict((tools or {}).get(day, {}))}  # fmt: skip
        report = folder / f"{plan}{len(latencies) - day}"  # names in another order than time
        report.mkdir(parents=True)
        (report / "results.json").write_text(to_json(frame, run), encoding="utf-8")
    return folder


def test_a_count_steps_at_the_commit_where_it_changed(table: pd.DataFrame, tmp_path: Path) -> None:
    found = history([publish(table, tmp_path, [9_000, 9_000, 9_270, 9_270])])
    assert [run.commit for run in found.runs] == ["c0", "c1", "c2", "c3"]
    by_cell = {series.cell: series for series in found.series}
    assert len(by_cell) == 14  # one was refused and one failed: they have no latency
    (step,) = by_cell[CELL].steps
    assert (step, by_cell[CELL].points[2].commit) == (Step(2, 9_000, 9_270), "c2")
    assert step.change == pytest.approx(0.03)
    assert (by_cell[CELL].unit, by_cell[CELL].exact) == ("instructions", True)
    assert sum(len(series.steps) for series in found.series) == 1


def test_a_step_that_coincides_with_another_tool_says_so(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    gcc = load_catalogue()["qemu-m4"].tools[0]
    tools = {0: {gcc: "12.2.1"}, 1: {gcc: "12.2.1"}, 2: {gcc: "14.2.0", "python": "3.12"}}
    publish(table, tmp_path, [9_000, 9_100, 9_270, 9_300], tools=tools)
    found = history([tmp_path], cells=CELL)
    (series,) = found.series
    assert [series.moved_with(at) for at in range(4)] == ["", "", f"{gcc} 12.2.1 to 14.2.0", ""]
    assert list(values_frame(found)["moved_with"]) == ["", "", f"{gcc} 12.2.1 to 14.2.0", ""]
    console = Console(width=300, file=StringIO())
    for part in render(found):
        console.print(part)
    assert isinstance(console.file, StringIO)
    written = console.file.getvalue()
    assert written.count("moved with") == 1
    assert f"exact; moved with {gcc} 12.2.1 to 14.2.0" in written


def test_a_clock_is_judged_by_its_runs(table: pd.DataFrame, tmp_path: Path) -> None:
    times = [10 + place % 3 / 10 for place in range(8)]
    slower = [value * 1.6 for value in times]
    found = history([publish(table, tmp_path, times + slower, HOST)], cells=HOST)
    (series,) = found.series
    assert not series.exact
    assert [step.at for step in series.steps] == [8]
    flash = history([tmp_path], metric="flash_bytes", cells=HOST).series[0]
    assert (flash.exact, flash.unit, flash.steps) == (True, "B", ())


def test_measured_energy_is_no_figure_that_repeats(table: pd.DataFrame, tmp_path: Path) -> None:
    hardware = table.assign(timing_kind="hardware", energy_uj=1.0)
    publish(hardware, tmp_path / "board", [5.0, 6.0])
    publish(table.assign(energy_uj=1.0), tmp_path / "simulator", [5.0, 6.0])
    for name, exact in (("board", False), ("simulator", True)):
        (series,) = history([tmp_path / name], metric="energy_uj", cells=CELL).series
        assert (series.exact, series.unit) == (exact, "µJ")


def test_a_logarithmic_axis_says_so(table: pd.DataFrame, tmp_path: Path) -> None:
    publish(table, tmp_path / "far", [100.0, 90_000.0])
    publish(table, tmp_path / "near", [9_000.0, 9_100.0])
    far, near = (history([tmp_path / name], cells=CELL) for name in ("far", "near"))
    assert ">instructions (log)</text>" in draw(far).svg
    assert ">instructions</text>" in draw(near).svg


def test_a_single_cell_with_few_runs_is_told_in_the_singular(
    table: pd.DataFrame, tmp_path: Path
) -> None:
    publish(table, tmp_path, [10.0, 11.0], HOST)
    assert method(history([tmp_path], cells=HOST))[-1] == (
        "1 cell has fewer than 10 runs: no step is sought there."
    )


def test_stores_and_reports_count_a_run_once(table: pd.DataFrame, tmp_path: Path) -> None:
    made = make_run(tmp_path / "results.sqlite")
    make = made.store
    for commit in ("later", "latest"):
        make.begin_run(plan_name="digits", plan_text="", plan_digest="d", classes=10,
                       provenance={"commit": commit}, labels=made.labels)  # fmt: skip
    first = make.run(1)
    facts = {"id": 1, "plan": "digits", "started": first.started.isoformat(), "finished": None,
             "provenance": {"commit": "abc123"}}  # fmt: skip
    (tmp_path / "results.json").write_text(to_json(table, facts), encoding="utf-8")
    found = history([tmp_path / "results.sqlite", tmp_path / "results.json"], cells=CELL)
    assert [run.commit for run in found.runs] == ["abc123", "later", "latest"]
    assert len(found.series[0].points) == 1


def test_the_files_hold_every_figure(table: pd.DataFrame, tmp_path: Path) -> None:
    found = history([publish(table, tmp_path / "in", [1_000, 2_000])], cells="neuron/int8/*")
    frame = values_frame(found)
    here = frame[frame["cell"] == CELL]
    assert list(here["value"]) == [1_000, 2_000]
    assert list(here["step"]) == [False, True]
    paths = write_history(found, tmp_path / "out")
    assert [path.name for path in paths] == [f"p-latency_median.{e}" for e in ("csv", "png", "svg")]
    assert pd.read_csv(paths[0])["value"].sum() == frame["value"].sum()
    assert paths[1].read_bytes().startswith(b"\x89PNG")
    assert "1 step marked" in paths[2].read_text(encoding="utf-8")


def test_the_command_prints_cells_and_steps(table: pd.DataFrame, tmp_path: Path) -> None:
    publish(table, tmp_path / "in", [9_000, 9_270])
    done = harness("history", tmp_path / "in", "--out", tmp_path / "out", "--cells", CELL)
    assert done.returncode == 0, done.stderr
    assert "latency_median over 2 runs of plan p: c0 (2026-01-01) to c1 (2026-01-02)" in done.stdout
    row = next(line for line in done.stdout.splitlines() if "exact" in line).split()
    assert row == [CELL, "c1", "c0", "2026-01-02", "9,000", "9,270", "+3.00", "%", "exact"]


def test_bad_input_is_refused_with_what_to_do(table: pd.DataFrame, tmp_path: Path) -> None:
    good = publish(table, tmp_path / "in", [1, 2])
    publish(table, tmp_path / "other", [1], plan="alone")
    broken = tmp_path / "half.json"
    broken.write_text((good / "p1" / "results.json").read_text()[:900])
    cases: list[tuple[list[Path], dict[str, str], str]] = [
        ([tmp_path / "none"], {}, "there is no such file"),
        ([broken], {}, "this is no results.json of a report"),
        ([good], {"metric": "latency_medain"}, "there is no such figure"),
        ([good], {"metric": "variant"}, "there is no such figure"),
        ([good], {"plan": "q"}, "no run of a plan 'q'"),
        ([good], {"cells": "x*"}, "no cell has such a name"),
        ([good], {"metric": "r2_device"}, "no run has figures"),
        ([tmp_path / "other"], {}, "a history takes two at least"),
        ([tmp_path / "empty"], {}, "there are no results in this folder"),
        ([tmp_path / "table.csv"], {}, "does not say of which commit"),
    ]
    (tmp_path / "empty").mkdir()
    (tmp_path / "table.csv").write_text("variant\n")
    for sources, options, message in cases:
        with pytest.raises(InputError, match=message):
            history(sources, **options)
    foreign = tmp_path / "foreign.json"
    foreign.write_text(json.dumps({"format": "another"}))
    assert "its 'format' is another" in refused("history", foreign)
    notes = tmp_path / "results.sqlite"
    shutil.copy(foreign, notes)
    refused("history", notes)
