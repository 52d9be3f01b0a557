"""The engine tflm with real firmware, over a stand-in for TensorFlow Lite Micro.

The stand-in (`tflm_stand_in/`) has the names that the glue uses and computes one layer; it says
nothing about TensorFlow Lite Micro itself. docs/tflm.md tells what was tried with the real one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.project import Project
from harness.run import Event
from harness.run.plan_run import measure_all
from harness.run.provenance import provenance
from harness.run.settings import RunSettings, tflm_engine
from harness.store import CellRecord, Store
from harness.workload.workload import Workload, prepare
from tests.cli.test_cli import harness
from tests.tflm.dense_model import dense

pytestmark = pytest.mark.hil
STAND_IN = Path(__file__).with_name("tflm_stand_in")
PERSISTENT, TEMPORARY = 64, 200  # stand_in.cpp
USED = PERSISTENT + 16 + 16  # input and output, each aligned to 16 bytes
Begin = Callable[[], tuple[Store, int]]


@pytest.fixture
def layer(tmp_path: Path) -> Callable[[str], Workload]:
    def make(dtype: str) -> Workload:
        samples = np.random.default_rng(1).normal(0, 2, (30, 12)).astype(np.float32)
        return prepare(
            variant="dense", dtype=dtype, tflite=dense(dtype), samples=samples, cache_dir=tmp_path
        )

    return make


@pytest.fixture
def library(tmp_path: Path) -> Callable[..., Path]:
    """`library(STAND_IN_ERROR_LSB=1)`: a copy of the stand-in with that fault."""

    def make(**faults: int) -> Path:
        folder = tmp_path / "library"
        shutil.copytree(STAND_IN, folder, dirs_exist_ok=True)
        header = folder / "src" / "stand_in_faults.h"
        lines = header.read_text().splitlines()
        for name, value in faults.items():
            (at,) = [number for number, line in enumerate(lines) if f"define {name} " in line]
            lines[at] = f"#define {name} {value}"
        header.write_text("\n".join(lines) + "\n")
        return folder

    return make


def run(
    project: Project,
    begin: Begin,
    workloads: list[Workload],
    targets: list[str],
    library: Path,
    on_event: Callable[[Event], None] = lambda _: None,
    layers: bool = False,
) -> tuple[Store, dict[tuple[str, str], CellRecord]]:
    store, run_id = begin()
    engines = ("codegen", "tflm")
    tflm = tflm_engine(project, engines, targets, library)
    measure_all(
        workloads,
        targets,
        project,
        store,
        run_id,
        RunSettings(engines=engines, tflm=tflm, layers=layers),
        on_event,
    )
    return store, {(cell.key.engine, cell.key.target): cell for cell in store.cells(run_id)}


def outputs(store: Store, cell: CellRecord, workload: Workload) -> np.ndarray:
    raw = [np.frombuffer(each, workload.reference.dtype) for each in store.samples(cell.id).outputs]
    return np.stack(raw).reshape(workload.reference.shape)


def test_both_engines_answer_alike_and_the_arena_is_the_smallest(
    project: Project, begin: Begin, layer: Callable[[str], Workload]
) -> None:
    workload = layer("int8")
    store, cells = run(project, begin, [workload], ["qemu-m4", "host"], STAND_IN)
    for target in ("qemu-m4", "host"):
        ours, theirs = cells["codegen", target], cells["tflm", target]
        assert (ours.status, theirs.status) == ("ok", "ok"), theirs.reason
        assert (outputs(store, ours, workload) == workload.reference).all()
        assert (outputs(store, theirs, workload) == workload.reference).all()
        assert theirs.facts.arena_bytes == PERSISTENT + TEMPORARY
        assert theirs.facts.arena_used_bytes == USED
        assert theirs.facts.weights_bytes == len(workload.tflite)
        assert theirs.build_id != ours.build_id
        assert (theirs.facts.flash_bytes or 0) > len(workload.tflite)
        assert (theirs.facts.latency_cold or 0) > 0
    counts = store.samples(cells["tflm", "qemu-m4"].id).counts
    assert counts.min() > 5 * 12
    assert (theirs.facts.ram_bytes or 0) >= PERSISTENT + TEMPORARY


def test_its_layers_are_timed_and_compared(
    project: Project,
    begin: Begin,
    layer: Callable[[str], Workload],
    library: Callable[..., Path],
) -> None:
    wrong = library(STAND_IN_ERROR_LSB=1)
    store, cells = run(project, begin, [layer("int8")], ["qemu-m4"], wrong, layers=True)
    ours, theirs = cells["codegen", "qemu-m4"].facts, cells["tflm", "qemu-m4"].facts
    (mine,), (its,) = ours.layers, theirs.layers
    assert theirs.layers_reason is None
    assert (its.index, its.kind, its.kernel) == (mine.index, mine.kind, "TFLM")
    assert (its.macs, its.nonzero_macs) == (mine.macs, mine.nonzero_macs)
    assert (mine.max_lsb, its.max_lsb) == (0, 1)
    whole = store.samples(cells["tflm", "qemu-m4"].id).counts[0]
    assert 0 < whole - (its.count or 0) < 100  # what Invoke() takes around its operators


def test_a_library_without_events_has_no_layers(
    project: Project,
    begin: Begin,
    layer: Callable[[str], Workload],
    library: Callable[..., Path],
) -> None:
    silent = library(STAND_IN_NO_EVENTS=1)
    _, cells = run(project, begin, [layer("int8")], ["host"], silent, layers=True)
    cell = cells["tflm", "host"]
    assert (cell.status, cell.facts.layers) == ("ok", ())
    assert "reports other operators than the file has" in (cell.facts.layers_reason or "")


def test_a_wrong_answer_is_a_row_of_the_report(
    tmp_path: Path, library: Callable[..., Path]
) -> None:
    model = tmp_path / "dense.tflite"
    model.write_bytes(dense())
    done = harness(
        *("bench", model, "--target", "host", "--engine", "codegen", "--engine", "tflm"),
        *("--tflm-library", library(STAND_IN_ERROR_LSB=1), "--reports", tmp_path),
        *("--save-io", tmp_path / "io.npz"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = pd.read_csv(tmp_path / "latest" / "results.csv").set_index("engine")
    assert rows["parity_max_lsb"].to_dict() == {"codegen": 0, "tflm": 1}
    with np.load(tmp_path / "io.npz") as saved:
        assert sorted(saved.files) == [
            "counts",
            "counts_host_tflm",
            "inputs",
            "outputs",
            "outputs_host_tflm",
        ]
        assert (saved["outputs"][:, 1:] == saved["outputs_host_tflm"][:, 1:]).all()


def test_a_failing_call_is_a_row(
    project: Project,
    begin: Begin,
    layer: Callable[[str], Workload],
    library: Callable[..., Path],
) -> None:
    workload = layer("int8")
    _, cells = run(project, begin, [workload], ["host"], library(STAND_IN_INVOKE_FAILS=1))
    assert cells["codegen", "host"].status == "ok"
    failed = cells["tflm", "host"]
    assert (failed.status, failed.stage) == ("failed", "measure")
    assert "refused RUN: model not ready" in failed.reason


def test_refused_models_are_rows_with_the_librarys_reason(
    project: Project,
    begin: Begin,
    layer: Callable[[str], Workload],
    workload: Callable[[str, int], Workload],
    library: Callable[..., Path],
) -> None:
    _, cells = run(project, begin, [layer("float32")], ["host"], STAND_IN)
    cell = cells["tflm", "host"]
    assert (cell.status, cell.stage) == ("refused", "model")
    assert "AllocateTensors() failed in an arena of 16,777,216 B" in cell.reason
    assert cell.reason.endswith("Didn't find op for builtin opcode 'FULLY_CONNECTED' version 1")

    events: list[Event] = []
    digits = [workload("digits_int8", 2)]
    _, cells = run(project, begin, digits, ["host", "simavr-uno"], STAND_IN, events.append)
    assert cells["codegen", "simavr-uno"].status == "ok"
    lacks = "has no operator CONV_2D, MAX_POOL_2D, RESHAPE, SOFTMAX in the library tflm_stand_in"
    assert lacks in cells["tflm", "host"].reason
    assert "AVR compilers do not have" in cells["tflm", "simavr-uno"].reason
    assert {cells["tflm", name].status for name in ("host", "simavr-uno")} == {"refused"}
    assert {event.stage for event in events if event.key.engine == "tflm"} == {
        "waiting",
        "build",
        "refused",
    }

    _, cells = run(project, begin, [layer("int8")], ["host"], library(STAND_IN_SCHEMA=4))
    assert "schema version is not the library's" in cells["tflm", "host"].reason


def test_a_model_that_codegen_refuses_runs_on_the_other_engine(
    project: Project, begin: Begin, tmp_path: Path
) -> None:
    made = prepare(
        variant="dense",
        dtype="int8",
        tflite=dense(weight_zero_point=3),
        samples=np.random.default_rng(1).normal(0, 2, (30, 12)).astype(np.float32),
        cache_dir=tmp_path,
        codegen_only=False,
    )
    store, cells = run(project, begin, [made], ["host"], STAND_IN)
    ours, theirs = cells["codegen", "host"], cells["tflm", "host"]
    assert (ours.status, ours.stage) == ("refused", "model")
    assert "FULLY_CONNECTED: weights with a zero point other than 0" in ours.reason
    assert theirs.status == "ok", theirs.reason
    assert (outputs(store, theirs, made) == made.reference).all()


def test_its_operators_are_profiled(tmp_path: Path) -> None:
    model, found = tmp_path / "dense.tflite", tmp_path / "profile.json"
    model.write_bytes(dense())
    done = harness(
        *("profile", model, "--target", "qemu-m4", "--engine", "tflm"),
        *("--tflm-library", STAND_IN, "--json", found),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    profile = json.loads(found.read_text())
    (layer,) = profile["layers"]
    assert (layer["index"], layer["kind"], layer["kernel"]) == (0, "FULLY_CONNECTED", "TFLM")
    assert layer["instructions"] == profile["instructions"] > 5 * 12
    assert abs(profile["timed"] - profile["instructions"]) < 20
    assert any("Invoke" in part["name"] for part in profile["functions"])


def test_the_record_names_the_library(project: Project) -> None:
    tflm = tflm_engine(project, ("tflm",), ["host", "simavr-uno"], STAND_IN)
    assert provenance(project, ["host", "simavr-uno"], tflm)["tflm library"].startswith(
        "tflm_stand_in 1.2.3 ("
    )
