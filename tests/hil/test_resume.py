"""A run that goes on: what was measured stays, the same images are built again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from harness.project import Project
from harness.run import Event
from harness.run.plan_run import measure_all
from harness.run.settings import RunSettings
from harness.store import CellRecord, Store
from harness.workload.workload import Workload

pytestmark = pytest.mark.hil
Make = Callable[[str, int], Workload]
Begin = Callable[[], tuple[Store, int]]
TARGET = "qemu-m4"


@dataclass
class Stop:
    """Ctrl-C as soon as an event of `variant` at `stage` comes."""

    variant: str
    stage: str
    events: list[Event] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        if (event.key.variant, event.stage) == (self.variant, self.stage):
            raise KeyboardInterrupt


@dataclass
class Resumed:
    """A run that is stopped and goes on."""

    project: Project
    store: Store
    run_id: int
    workloads: list[Workload]
    settings: RunSettings

    def go(self, on_event: Callable[[Event], None]) -> dict[str, CellRecord]:
        measure_all(
            self.workloads,
            [TARGET],
            self.project,
            self.store,
            self.run_id,
            self.settings,
            on_event,
        )
        return self.cells()

    def cells(self) -> dict[str, CellRecord]:
        return {cell.key.variant: cell for cell in self.store.cells(self.run_id)}


def test_samples_stay_where_another_cell_of_the_image_is_done(
    project: Project, workload: Make, begin: Begin
) -> None:
    models = [workload("digits_int8", 20), workload("digits_sparse_int8", 20)]
    run = Resumed(project, *begin(), models, RunSettings())
    with pytest.raises(KeyboardInterrupt):
        run.go(Stop("digits", "ok"))
    stopped = run.cells()
    assert [cell.status for cell in stopped.values()] == ["ok", "pending"]
    kept = run.store.samples(stopped["digits_sparse"].id)
    assert len(kept.index) == 20
    events: list[Event] = []
    whole = run.go(events.append)
    assert [cell.status for cell in whole.values()] == ["ok", "ok"]
    assert {event.key.variant for event in events} == {"digits_sparse"}
    for name in whole:
        assert (whole[name].build_id, whole[name].attempts) == (
            stopped[name].build_id,
            stopped[name].attempts,
        )
    assert whole["digits_sparse"].facts.latency_cold is not None
    assert run.store.unfinished_run("test") is None


def test_layers_stay_and_missing_ones_are_measured(
    project: Project, workload: Make, begin: Begin
) -> None:
    models = [workload("digits_int8", 2), workload("digits_sparse_int8", 2)]
    run = Resumed(project, *begin(), models, RunSettings(layers=True))
    with pytest.raises(KeyboardInterrupt):
        run.go(Stop("digits_sparse", "layers"))
    assert run.cells()["digits"].facts.layers_reason is None
    first = run.cells()["digits"].facts.layers
    assert any(layer.count is not None for layer in first)
    assert run.store.unfinished_run("test") == run.run_id
    whole = run.go(lambda _: None)
    assert whole["digits"].facts.layers == first
    assert any(layer.count is not None for layer in whole["digits_sparse"].facts.layers)
