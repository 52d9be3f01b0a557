"""What all targets of a run share: where results go, how targets are reached, when to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.boards.catalogue import TargetSpec
from harness.errors import HarnessError
from harness.firmware.builder import Image
from harness.project import Project
from harness.run.attach import attach
from harness.run.cells import Cell, Event, Interrupted
from harness.store import Store
from harness.targets.base import Target


@dataclass(frozen=True)
class Context:
    """Of one run; safe to use from many threads."""

    project: Project
    store: Store
    run_id: int
    warmup: int
    ports: Mapping[str, str]
    power: Mapping[str, str]
    wait_s: float
    on_event: Callable[[Event], None]
    stop: threading.Event = field(default_factory=threading.Event)

    def check_stop(self) -> None:
        """Raise Interrupted where the run is to stop."""
        if self.stop.is_set():
            raise Interrupted("interrupted", hint="after harness run, --resume goes on")

    def put(self, cell: Cell, facts: dict[str, Any], *, build_id: str = "") -> None:
        """Add facts to the cell's row; see Store.put_cell."""
        self.store.put_cell(self.run_id, cell.key, build_id=build_id, facts=facts)

    def tell(self, cell: Cell, stage: str) -> None:
        """Progress of a cell of which all samples, or none yet, are measured."""
        done = 0 if stage in ("waiting", "build") else cell.samples
        self.on_event(Event(cell.key, stage, done, 0 if stage == "build" else cell.samples))

    def fail(self, cells: Sequence[Cell], stage: str, error: HarnessError) -> None:
        """End the cells with the error as their reason; what is measured of them stays."""
        for cell in cells:
            measured = len(self.store.measured_samples(cell.id))
            reason = str(error)
            if stage == "measure":
                reason += f"; {measured} of {cell.samples} samples were measured"
            self.store.fail_cell(cell.id, stage, reason)
            status = "refused" if stage in ("fit", "model") else "failed"
            self.on_event(Event(cell.key, status, measured, cell.samples, reason))

    def log(self, spec: TargetSpec, image: Image) -> Path:
        """Where what the image says beside its answers is kept."""
        return self.project.logs / f"run-{self.run_id}-{spec.name}-{image.build_id}.log"

    def target(
        self,
        spec: TargetSpec,
        cells: Sequence[Cell],
        *,
        layered: bool = False,
        upload: Callable[[str], None] | None = None,
        macros: Mapping[str, str] | None = None,
    ) -> Target:
        """The board or simulator for an image of these cells; see `harness.run.attach`."""
        return attach(
            spec,
            [cell.workload.compiled for cell in cells],
            self.project,
            ports=self.ports,
            power=self.power,
            layered=layered,
            macros=macros,
            wait_s=self.wait_s,
            upload=upload,
        )
