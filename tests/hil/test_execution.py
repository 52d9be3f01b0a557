"""Whole cells: real firmware in real simulators, measured, killed, resumed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.boards.catalogue import load_catalogue
from harness.codegen import compile_model
from harness.errors import DoesNotFit
from harness.firmware.builder import FirmwareBuilder
from harness.project import Project
from harness.run import Event
from harness.run.plan_run import failed_cells, measure_all
from harness.run.settings import RunSettings
from harness.store import CellRecord, Store
from harness.workload.workload import Workload
from tests.chosen_targets import COUNTING, RUNNABLE, TUTORIAL
from tests.engine.tflite_builder import TfliteBuilder

pytestmark = pytest.mark.hil
OTHERS = [name for name in RUNNABLE if name not in TUTORIAL]
Make = Callable[[str, int], Workload]
Begin = Callable[[], tuple[Store, int]]


def run(
    project: Project,
    store: Store,
    run_id: int,
    workloads: list[Workload],
    targets: list[str],
    on_event: Callable[[Event], None] = lambda _: None,
) -> dict[tuple[str, str, str], CellRecord]:
    measure_all(workloads, targets, project, store, run_id, RunSettings(), on_event)
    return {
        (cell.key.variant, cell.key.dtype, cell.key.target): cell for cell in store.cells(run_id)
    }


def outputs(store: Store, cell: CellRecord, workload: Workload) -> np.ndarray:
    raw = [np.frombuffer(each, workload.reference.dtype) for each in store.samples(cell.id).outputs]
    return np.stack(raw).reshape(workload.reference.shape)


def test_int8_is_bit_exact_on_every_target(project: Project, workload: Make, begin: Begin) -> None:
    store, run_id = begin()
    workloads = [workload("digits_int8", 60), workload("digits_sparse_int8", 60)]
    cells = run(project, store, run_id, workloads, TUTORIAL)
    assert [cell.status for cell in cells.values()] == ["ok"] * 2 * len(TUTORIAL)
    for each in workloads:
        for target in TUTORIAL:
            cell = cells[each.variant, each.dtype, target]
            assert (outputs(store, cell, each) == each.reference).all(), cell.key
            compiled = each.for_core(str(cell.facts.core)).compiled
            assert (cell.facts.flash_bytes or 0) > compiled.const_bytes
            assert (cell.facts.ram_bytes or 0) >= compiled.arena_bytes
            assert 50 < (cell.facts.stack_bytes or 0) < 2048
            assert (cell.facts.latency_cold or 0) > 0
    assert store.unfinished_run("test") is None


def test_other_simulated_boards_are_bit_exact_and_count_the_same_again(
    project: Project, workload: Make, begin: Begin
) -> None:
    models = [workload("digits_sparse_int8", 4), workload("digits_int8", 4)]
    counts = []
    for _ in range(2):
        store, run_id = begin()
        cells = run(project, store, run_id, models, OTHERS)
        assert [cell.status for cell in cells.values()] == ["ok"] * len(OTHERS) * len(models)
        for (variant, dtype, _), cell in cells.items():
            (model,) = (each for each in models if (each.variant, each.dtype) == (variant, dtype))
            assert (outputs(store, cell, model) == model.reference).all(), cell.key
        counts.append([store.samples(cell.id).counts.tolist() for cell in cells.values()])
    assert counts[0] == counts[1]


def test_float32_agrees_to_a_millionth_and_int8_models_share_its_image(
    project: Project, workload: Make, begin: Begin
) -> None:
    store, run_id = begin()
    real, quantised = workload("digits_float32", 10), workload("digits_int8", 10)
    cells = run(project, store, run_id, [real, quantised], ["qemu-m4", "qemu-riscv"])
    for target in ("qemu-m4", "qemu-riscv"):
        found = outputs(store, cells["digits", "float32", target], real)
        assert np.abs(found - real.reference).max() <= 1e-6
        build_ids = {cell.build_id for key, cell in cells.items() if key[2] == target}
        assert len(build_ids) == 1


@pytest.mark.parametrize("target", COUNTING)
def test_counts_are_the_same_in_two_runs(
    project: Project, workload: Make, begin: Begin, target: str
) -> None:
    models = [workload("digits_int8", 12)]
    counts = []
    for _ in range(2):
        store, run_id = begin()
        (cell,) = run(project, store, run_id, models, [target]).values()
        counts.append(store.samples(cell.id).counts)
    assert counts[0].tolist() == counts[1].tolist()
    assert counts[0].min() > 10_000


def test_a_model_too_large_is_refused_with_the_figures(
    project: Project, workload: Make, begin: Begin
) -> None:
    store, run_id = begin()
    models = [workload("digits_float32", 3), workload("digits_int8", 3)]
    cells = run(project, store, run_id, models, ["simavr-uno"])
    refused = cells["digits", "float32", "simavr-uno"]
    assert (refused.status, refused.stage) == ("refused", "fit")
    size = f"{models[0].compiled.const_bytes:,}"
    assert f"weights and tables alone need {size} B of flash" in refused.reason
    assert "simavr-uno has 32,256 B" in refused.reason
    assert cells["digits", "int8", "simavr-uno"].status == "ok"
    assert failed_cells(store, run_id) == []


def test_constants_out_of_reach_of_avr_pointers_are_refused(project: Project) -> None:
    builder = TfliteBuilder()
    source = builder.tensor("int8", (1, 150), scales=[0.1], zero_points=[0])
    builder.inputs = [source]
    for value in (1, 2, 3):  # equal constants would be stored once
        data = np.full(150 * 150, value)
        weights = builder.tensor("int8", (150, 150), scales=[0.01], axis=0, data=data)
        result = builder.tensor("int8", (1, 150), scales=[0.5], zero_points=[0])
        builder.operator("FULLY_CONNECTED", [source, weights], [result])
        source = result
    builder.outputs = [source]
    spec = load_catalogue()["simavr-mega"]
    model = compile_model(builder.build(), "wide", core=spec.core)
    assert model.const_bytes < spec.flash_bytes - 100_000
    with pytest.raises(
        DoesNotFit, match=r"reach up to \d\d,\d{3} B .* the first 65,536 B on simavr"
    ):
        FirmwareBuilder(project).build(spec, [model])


def children(program: str) -> list[int]:
    """Process ids of this process' running children whose command line names `program`."""
    found = []
    for task in Path("/proc/self/task").iterdir():
        for pid in (task / "children").read_text().split():
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            if program.encode() in command.split(b"\0")[0]:
                found.append(int(pid))
    return found


def test_a_killed_simulator_fails_its_cells_and_resume_completes(
    project: Project, workload: Make, begin: Begin
) -> None:
    store, run_id = begin()
    models = [workload("digits_int8", 60)]
    killed: list[int] = []

    def kill_in_the_middle(event: Event) -> None:
        if event.key.target == "qemu-m4" and event.done >= 25 and not killed:
            killed.extend(children("qemu-system-arm"))
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    cells = run(project, store, run_id, models, ["qemu-m4", "host"], kill_in_the_middle)
    assert len(killed) == 1
    broken = cells["digits", "int8", "qemu-m4"]
    assert (broken.status, broken.stage) == ("failed", "measure")
    assert "the simulator ended with signal SIGKILL" in broken.reason
    assert cells["digits", "int8", "host"].status == "ok"
    kept = store.samples(broken.id)
    assert 25 <= len(kept.index) < 60
    assert f"{len(kept.index)} of 60 samples were measured" in broken.reason
    assert store.unfinished_run("test") == run_id

    asked: list[Event] = []
    cells = run(project, store, run_id, models, ["qemu-m4", "host"], asked.append)
    whole = cells["digits", "int8", "qemu-m4"]
    assert whole.status == "ok"
    table = store.samples(whole.id)
    assert table.index.tolist() == list(range(60))
    assert table.counts[: len(kept.counts)].tolist() == kept.counts.tolist()
    assert (outputs(store, whole, models[0]) == models[0].reference).all()
    assert {event.key.target for event in asked} == {"qemu-m4"}
    assert store.unfinished_run("test") is None


def test_no_simulator_is_left_behind(project: Project, workload: Make, begin: Begin) -> None:
    store, run_id = begin()
    run(project, store, run_id, [workload("digits_int8", 2)], ["qemu-riscv"])
    assert children("qemu-system-riscv32") == []


def test_other_firmware_is_never_believed(
    project: Project, workload: Make, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = FirmwareBuilder.build

    def mislabelled(self, spec, models):  # type: ignore[no-untyped-def]
        return replace(build(self, spec, models), build_id="f" * 16)

    monkeypatch.setattr(FirmwareBuilder, "build", mislabelled)
    store, run_id = begin()
    (cell,) = run(project, store, run_id, [workload("digits_int8", 2)], ["host"]).values()
    assert cell.status == "failed"
    assert "wanted ffffffffffffffff" in cell.reason
    assert len(store.samples(cell.id).index) == 0
