"""A board that is sick is not used for the target's other images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from harness.boards.catalogue import load_catalogue
from harness.errors import SickBoard
from harness.project import Project
from harness.run import Cell
from harness.run import target_run as module
from harness.run.context import Context
from harness.run.settings import RunSettings
from harness.run.target_run import TargetRun
from harness.run.unplanned import begin_unplanned
from harness.store import CellKey, Stage, Store
from harness.workload.workload import Workload
from harness.workload.workload import prepare as prepared

DATA = Path(__file__).parents[1] / "data"
TARGET = "qemu-m4"


@pytest.fixture(scope="module")
def workload(tmp_path_factory: pytest.TempPathFactory) -> Workload:
    with np.load(DATA / "digits_test.npz") as file:
        samples = file["x"][:2]
    tflite = (DATA / "digits_int8.tflite").read_bytes()
    cache = tmp_path_factory.mktemp("cache")
    return prepared(variant="digits", dtype="int8", tflite=tflite, samples=samples, cache_dir=cache)


def test_a_sick_board_is_taken_off(
    tmp_path: Path, workload: Workload, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[str] = []

    def sick(
        context: Context, _: object, cells: Sequence[Cell], __: object, ___: object = None
    ) -> SickBoard:
        measured.extend(cell.key.variant for cell in cells)
        error = SickBoard("the board is sick: 3 of 10 bytes", where=TARGET)
        context.fail(cells, error, Stage.MEASURE)
        return error

    monkeypatch.setattr(module, "run_image", sick)
    with Store(tmp_path / "results.sqlite") as store:
        run = begin_unplanned(store, "sick", {})
        context = Context(Project(tmp_path, tmp_path), store, run, RunSettings(), lambda _: None)
        cells = []
        for name in ("first", "second"):
            key = CellKey(name, "int8", "codegen", TARGET)
            cells.append(Cell(key, store.put_cell(run, key), workload))
        job = TargetRun(context, load_catalogue()[TARGET])
        monkeypatch.setattr(job, "_build", lambda *_: SimpleNamespace(build_id="0"))
        for cell in cells:
            job._image([cell])
        ends = [store.cell(cell.id) for cell in cells]
    assert measured == ["first"]
    assert [(end.status, end.stage) for end in ends] == [("failed", "measure")] * 2
    assert all("the board is sick: 3 of 10 bytes" in end.reason for end in ends)


def test_an_image_of_cells_that_are_done_is_not_built(tmp_path: Path, workload: Workload) -> None:
    with Store(tmp_path / "results.sqlite") as store:
        run = begin_unplanned(store, "done", {})
        context = Context(Project(tmp_path, tmp_path), store, run, RunSettings(), lambda _: None)
        key = CellKey("digits", "int8", "codegen", TARGET)
        cell = Cell(key, store.put_cell(run, key), workload, done=True)
        job = TargetRun(context, load_catalogue()[TARGET])
        job._image([cell])  # there is no compiler below tmp_path
        context.fail([cell], SickBoard("not this one"))
        assert store.cell(cell.id).status == "pending"
