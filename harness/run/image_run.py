"""The cells of one image, measured on the target that runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np

from harness.boards.catalogue import TargetSpec
from harness.errors import (
    HarnessError,
    ImplausibleFigure,
    LinkError,
    SickBoard,
    WrongFirmware,
)
from harness.firmware.builder import Image
from harness.link.deadline import Deadline
from harness.link.session import Session
from harness.results.engines import CODEGEN
from harness.results.soundness import false_outputs
from harness.run.cells import Cell, Event
from harness.run.context import Context
from harness.run.health import Health, Trouble
from harness.run.measurement import (
    Clock,
    Job,
    Measured,
    check_table,
    first_calls,
    measure,
    painted_run,
)
from harness.run.pace import Pace, time_bracket
from harness.run.plausible import TimeCheck, check_bracket, check_hello, check_stack
from harness.store import CellFacts, SampleRow, Stage

_FLUSH_ROWS = 64
_FLUSH_S = 2.0  # a run that is killed loses no more
_CONNECTIONS = 2  # in a row without a new sample, before a silent device fails its cells


def run_image(
    context: Context,
    spec: TargetSpec,
    cells: Sequence[Cell],
    image: Image,
    set_up: Callable[[Session], object] | None = None,
) -> SickBoard | None:
    """Measure the cells of one image; `set_up` prepares the engine after each start.

    Returns the reason where the board must not be used any more.
    """
    for cell in cells:
        context.put(cell, CellFacts(), build_id=image.build_id)
    health, lost, fruitless = Health(spec.name), 0, 0
    while True:
        measured = _measured(context, cells)
        try:
            with context.connect(spec, image) as session:
                if set_up is not None:
                    set_up(session)
                _Measuring(context, spec, session, cells, health, lost).run()
            return None
        except HarnessError as error:
            lost += 1
            fruitless = 1 if _measured(context, cells) > measured else fruitless + 1
            again = isinstance(error, LinkError) and not isinstance(error, WrongFirmware)
            if not again or fruitless == _CONNECTIONS:
                context.fail(cells, error, Stage.MEASURE)
                return error if isinstance(error, SickBoard) else None


def _measured(context: Context, cells: Sequence[Cell]) -> int:
    return sum(len(context.store.measured_samples(cell.id)) for cell in cells)


class _Measuring:
    """One connection to the board that runs the image; `lost` ones came before it in this run."""

    def __init__(
        self,
        context: Context,
        spec: TargetSpec,
        session: Session,
        cells: Sequence[Cell],
        health: Health,
        lost: int,
    ) -> None:
        self._context = context
        self._spec = spec
        self._session = session
        self._cells = cells
        self._health = health
        self._lost = lost
        self._restarts = 0  # seen by the first call after a lost connection
        self._earlier = {cell.id: context.store.cell(cell.id).facts for cell in cells}

    def run(self) -> None:
        """Measure the samples that are missing and finish the cells."""
        clock, jobs, facts, round_trip_s = self._begin()
        left = [cell for cell in self._cells if not cell.done]
        try:
            with self._span("first calls"):
                for job in jobs:
                    self._first(job, clock, facts, round_trip_s)
            trouble = Trouble(
                self._session, lambda: self._health.check(self._session, jobs), self._lost > 0
            )
            with self._span("samples"):
                self._samples(jobs, clock, trouble)
                trouble.end()
        except BaseException:
            for cell in left:
                self._context.store.add_facts(cell.id, self._trouble(cell))
            raise
        for cell in left:
            facts = replace(self._trouble(cell), known_answers=self._health.runs.get(cell.id))
            problem = false_outputs(*_outputs(self._context, cell))
            if problem:
                self._context.store.add_facts(cell.id, facts)
                error = ImplausibleFigure(problem, where=self._spec.name)
                self._context.fail([cell], error, Stage.MEASURE)
                continue
            self._context.store.finish_cell(cell.id, facts)
            self._context.tell(cell, "ok")

    def _span(self, name: str) -> AbstractContextManager[None]:
        return self._context.settings.trace.span(name, self._spec.name)

    def _begin(self) -> tuple[Clock, list[Job], CellFacts, float]:
        """Check the board against catalogue and image; return its clock, jobs and facts, and the
        seconds of a round trip."""
        context, spec, session, cells = self._context, self._spec, self._session, self._cells
        hello = session.hello(within_s=5)
        models = session.models(hello.models)
        # The arena of a codegen image is that of its largest model; TFLM's is found by trials.
        planned = all(cell.key.engine == CODEGEN for cell in cells)
        check_table(models, [cell.workload for cell in cells], spec.name, arenas=planned)
        arenas = [cell.workload.compiled.arena_bytes for cell in cells if planned]
        check_hello(spec, hello, max(arenas, default=None))
        bracket, round_trip_s = time_bracket(session)
        check_bracket(spec, *bracket, hello.counter_hz)
        clock = Clock.of(spec, hello, bracket[0])
        jobs = [
            Job(
                cell.id,
                cell.workload,
                model,
                frozenset(range(cell.samples)) - context.store.measured_samples(cell.id),
                TimeCheck.of(spec, cell.workload.code, hello, bracket[0], round_trip_s),
            )
            for cell, model in zip(cells, models, strict=True)
            if not cell.done
        ]
        facts = CellFacts(
            counter=hello.counter,
            counter_hz=hello.counter_hz,
            clock_hz=hello.clock_hz or spec.clock_hz,
            free_ram=hello.free_ram,
            bracket=clock.bracket,
            board=board_of(session.board, hello.chip),
        )
        return clock, jobs, facts, round_trip_s

    def _first(self, job: Job, clock: Clock, facts: CellFacts, round_trip_s: float) -> None:
        """Make the first calls of a model and keep their figures, also of a run that is killed."""
        spec, session = self._spec, self._session
        calls = first_calls(session, job, clock, self._context.settings.warmup)
        hertz = facts.counter_hz or 0
        pace = Pace(spec, job.model, hertz, clock.bracket_ticks, round_trip_s)
        pace.check(session, 0, job.times)
        painted = painted_run(session, job)
        check_stack(spec, painted.stack, facts.free_ram)
        if self._lost and job.cell in self._health.runs and calls.cold is not None:
            self._restarts = 1
        stored = self._context.store.samples(job.cell)
        for sample, output in zip(stored.index, stored.outputs, strict=True):
            if sample == 0:  # of a run that is resumed
                self._health.note(job.cell, output)
        for output in (*calls.outputs, painted.data):
            self._health.note(job.cell, output)
        measured = replace(facts, latency_cold=calls.cold, stack_bytes=painted.stack)
        self._context.store.add_facts(job.cell, measured)

    def _trouble(self, cell: Cell) -> CellFacts:
        """Return the repeated requests and restarts of the cell so far."""
        earlier = self._earlier[cell.id]
        return CellFacts(
            retries=(earlier.retries or 0) + self._session.retries,
            resets=(earlier.resets or 0) + self._session.resets + self._restarts,
        )

    def _samples(self, jobs: Sequence[Job], clock: Clock, trouble: Trouble) -> None:
        rows: dict[int, list[SampleRow]] = {job.cell: [] for job in jobs}
        counts = {job.cell: len(job.workload.inputs) - len(job.samples) for job in jobs}
        due = Deadline(_FLUSH_S)

        def flush() -> None:
            nonlocal due
            due = Deadline(_FLUSH_S)
            for cell, pending in rows.items():
                if pending:
                    self._context.store.add_samples(cell, pending)
                    pending.clear()

        def after_sample() -> None:
            self._context.check_stop()
            trouble.seen()
            for cell in self._cells:
                if not cell.done:
                    event = Event(cell.key, Stage.MEASURE, counts[cell.id], cell.samples)
                    self._context.on_event(event)

        try:
            for result in measure(self._session, jobs, clock, after_sample):
                rows[result.cell].append(_row(result))
                counts[result.cell] += 1
                if due.passed or len(rows[result.cell]) >= _FLUSH_ROWS:
                    flush()
        finally:
            flush()


def _outputs(context: Context, cell: Cell) -> tuple[np.ndarray, np.ndarray]:
    """Return the device's outputs (N, ...) of a cell, and the reference's to the same samples."""
    table = context.store.samples(cell.id)
    wanted = cell.workload.reference[table.index]
    return np.frombuffer(b"".join(table.outputs), wanted.dtype).reshape(wanted.shape), wanted


def board_of(hardware: str, chip: str) -> str | None:
    """Return the board's USB facts and its chip's own number, None where both are unknown."""
    number = f"chip {chip}" if chip else ""
    return ", ".join(part for part in (hardware, number) if part) or None


def _row(result: Measured) -> SampleRow:
    return SampleRow(result.sample, result.calls, result.count, result.output)
