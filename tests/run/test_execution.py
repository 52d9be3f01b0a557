"""Facts of cells that are known before any is measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.boards.catalogue import load_catalogue
from harness.project import Project
from harness.run.execution import Execution
from harness.run.settings import RunSettings
from harness.run.target_run import TargetRun
from harness.run.unplanned import begin_unplanned
from harness.store import Store
from harness.workload.workload import Workload, prepare

DATA = Path(__file__).parents[1] / "data"


def digits(dtype: str, samples: np.ndarray, cache: Path) -> Workload:
    tflite = (DATA / f"digits_{dtype}.tflite").read_bytes()
    return prepare(variant="d", dtype=dtype, tflite=tflite, samples=samples, cache_dir=cache)


def test_clamped_inputs_and_equal_files_are_facts_of_the_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TargetRun, "run", lambda *_: None)
    bright = np.full((2, 8, 8, 1), 255, np.uint8)
    small = digits("float32", bright, tmp_path)
    wide = digits("int8", bright, tmp_path)
    twin = replace(small, dtype="dynamic")
    with Store(tmp_path / "results.sqlite") as store:
        run_id = begin_unplanned(store, "test", {})
        project = Project(tmp_path, tmp_path)
        execution = Execution(project, store, run_id, RunSettings(), lambda _: None)
        execution.run([small, twin, wide], [load_catalogue()["host"]])
        facts = {cell.key.dtype: cell.facts for cell in store.cells(run_id)}
    assert {name: each.same_file_as for name, each in facts.items()} == {
        "float32": None,
        "dynamic": "float32",
        "int8": None,
    }
    assert {name: each.inputs_saturated for name, each in facts.items()} == {
        "float32": 0.0,
        "dynamic": 0.0,
        "int8": 1.0,
    }
