"""Parts of a run that all its targets share: settings, results, progress, the stop signal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from harness.boards.catalogue import TargetSpec
from harness.errors import HarnessError
from harness.firmware.builder import Image
from harness.link.session import Session
from harness.project import Project
from harness.run.attach import attach
from harness.run.cells import Cell, Event, Interrupted
from harness.run.settings import RunSettings
from harness.run.stages import stage_of
from harness.run.transcripts import TranscriptKeeper
from harness.store import CellFacts, Stage, Status, Store


@dataclass(frozen=True)
class Context:
    """Shared parts of one run; safe to use from many threads."""

    project: Project
    store: Store
    run_id: int
    settings: RunSettings
    on_event: Callable[[Event], None]
    stop: threading.Event = field(default_factory=threading.Event)

    def check_stop(self) -> None:
        """Raise Interrupted where the run was stopped."""
        if self.stop.is_set():
            raise Interrupted("interrupted", hint="after harness run, --resume goes on")

    def put(self, cell: Cell, facts: CellFacts, *, build_id: str = "") -> None:
        """Add facts to the row of a cell that is not done; see Store.put_cell."""
        if cell.done:
            return
        self.store.put_cell(self.run_id, cell.key, build_id=build_id, facts=facts)

    def tell(self, cell: Cell, stage: Stage | Status) -> None:
        """Report the stage of a cell, with all of its samples measured or none; not of one that is
        done."""
        if cell.done:
            return
        done = 0 if stage in (Stage.WAITING, Stage.BUILD) else cell.samples
        self.on_event(Event(cell.key, stage, done, 0 if stage == Stage.BUILD else cell.samples))

    def fail(self, cells: Sequence[Cell], error: HarnessError, stage: Stage | None = None) -> None:
        """End the cells that are not done with the error as their reason; measured samples stay.

        They end at `stage`, by default at that of the error (see stage_of).
        """
        ended = stage_of(error) if stage is None else stage
        for cell in (cell for cell in cells if not cell.done):
            measured = len(self.store.measured_samples(cell.id))
            reason = str(error)
            if ended is Stage.MEASURE:
                reason += f"; {measured} of {cell.samples} samples were measured"
            self.store.fail_cell(cell.id, ended, reason)
            self.on_event(Event(cell.key, ended.status, measured, cell.samples, reason))

    @contextmanager
    def connect(self, spec: TargetSpec, image: Image) -> Iterator[Session]:
        """Connect to the target while it runs the image.

        Other output of the image goes to a log of the run, the line's transcript beside it if the
        connection fails. Raises as `attach` and `Target.connect`.
        """
        settings = self.settings
        target = attach(
            spec,
            self.project,
            ports=settings.ports,
            power=settings.power,
            wait_s=settings.wait_s,
        )
        name = f"run-{self.run_id}-{spec.name}-{image.build_id}"
        keeper = TranscriptKeeper(self.project.logs, name, keep_all=settings.transcripts)
        log = self.project.logs / f"{name}.log"
        with keeper.kept(), ExitStack() as stack:
            with settings.trace.span("connect", spec.name):
                session = stack.enter_context(target.connect(image, log))
            keeper.session = session
            yield session
