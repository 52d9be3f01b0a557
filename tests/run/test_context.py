"""How a cell ends: the row and the event of an error, by its stage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.boards.catalogue import load_catalogue
from harness.errors import (
    BuildError,
    DoesNotFit,
    EnergyError,
    HarnessError,
    LinkError,
    ModelError,
)
from harness.project import Project
from harness.run import Cell, Event, Interrupted
from harness.run.cells import target_facts
from harness.run.context import Context
from harness.run.settings import RunSettings
from harness.run.unplanned import begin_unplanned
from harness.store import CellFacts, CellKey, CurrentFacts, SampleRow, Stage, Store
from harness.workload.model_file import compile_file
from harness.workload.workload import Workload

DIGITS = Path(__file__).parents[1] / "data" / "digits_int8.tflite"
KEY = CellKey("digits", "int8", "codegen", "host")
OF_3 = "; 1 of 3 samples were measured"


@pytest.mark.parametrize(
    ("error", "stage", "ended", "suffix"),
    [
        (ModelError("no"), None, ("refused", "model"), ""),
        (DoesNotFit("no"), None, ("refused", "fit"), ""),
        (BuildError("no"), None, ("failed", "build"), ""),
        (EnergyError("no"), None, ("failed", "probe"), ""),
        (LinkError("no"), None, ("failed", "measure"), OF_3),
        # the error's own stage gives way to the one where it came
        (DoesNotFit("no"), Stage.BUILD, ("failed", "build"), ""),
        (BuildError("no"), Stage.MEASURE, ("failed", "measure"), OF_3),
        (ModelError("no"), Stage.MEASURE, ("failed", "measure"), OF_3),
    ],
)
def test_an_error_becomes_a_row_and_an_event(
    error: HarnessError,
    stage: Stage | None,
    ended: tuple[str, str],
    suffix: str,
    tmp_path: Path,
) -> None:
    tflite, compiled = compile_file(DIGITS)
    workload = Workload("digits", "int8", tflite, compiled, np.zeros((3, 8, 8, 1)), np.empty(0))
    events: list[Event] = []
    with Store(tmp_path / "results.sqlite") as store:
        run_id = begin_unplanned(store, "test", {})
        project = Project(tmp_path, tmp_path)
        context = Context(project, store, run_id, RunSettings(), events.append)
        cell = Cell(KEY, store.put_cell(run_id, KEY, build_id="b"), workload)
        store.add_samples(cell.id, [SampleRow(0, 2, 5.0, b"x")])
        context.fail([cell], error, stage)
        (found,) = store.cells(run_id)
    assert (found.status, found.stage, found.reason) == (*ended, f"no{suffix}")
    (event,) = events
    assert (event.key, event.stage, event.note) == (KEY, ended[0], found.reason)
    assert (event.done, event.total) == (1, 3)


def test_a_run_that_is_to_stop_says_how_to_go_on(tmp_path: Path) -> None:
    with Store(tmp_path / "results.sqlite") as store:
        context = Context(Project(tmp_path, tmp_path), store, 1, RunSettings(), lambda _: None)
        context.check_stop()
        context.stop.set()
        with pytest.raises(Interrupted, match="interrupted; after harness run, --resume goes on"):
            context.check_stop()


def test_a_target_gives_its_cells_facts() -> None:
    uno = load_catalogue()["simavr-uno"]
    assert uno.current is not None
    assert target_facts(uno) == CellFacts(
        target_title=uno.title,
        core=uno.core,
        clock_hz=16_000_000,
        timing_kind="cycle-accurate",
        latency_unit="cycles",
        flash_limit=32_256,
        ram_limit=2_048,
        current=CurrentFacts(5.2, 5.0, 8_000_000, uno.current.source),
    )
    assert target_facts(load_catalogue()["qemu-m4"]).current is None
