"""The cells of one image, measured on the target that runs it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from harness.boards.catalogue import TargetSpec
from harness.errors import HarnessError, ImplausibleFigure, LinkError, WrongFirmware
from harness.firmware.builder import Image
from harness.link.session import Session
from harness.results.engines import CODEGEN
from harness.results.soundness import false_outputs
from harness.run.cells import Cell, Event
from harness.run.context import Context
from harness.run.measurement import (
    Clock,
    Job,
    Measured,
    check_table,
    cold_run,
    measure,
    stack_depth,
)
from harness.run.pace import Pace, time_bracket
from harness.run.plausible import TimeCheck, check_bracket, check_hello, check_stack
from harness.store import CellFacts, SampleRow, Stage

_FLUSH_ROWS = 64
_CONNECTIONS = 2  # a silent device is reset and tried once more before its cells fail


def run_image(
    context: Context,
    spec: TargetSpec,
    cells: Sequence[Cell],
    image: Image,
    set_up: Callable[[Session], object] | None = None,
) -> None:
    """Measure the cells of one image; `set_up` prepares the engine after each start."""
    for cell in cells:
        context.put(cell, CellFacts(), build_id=image.build_id)
    for connection in range(_CONNECTIONS):
        try:
            with context.connect(spec, image) as session:
                if set_up is not None:
                    set_up(session)
                _measure(context, spec, session, cells)
            return
        except HarnessError as error:
            again = isinstance(error, LinkError) and not isinstance(error, WrongFirmware)
            if not again or connection + 1 == _CONNECTIONS:
                context.fail(cells, error, Stage.MEASURE)
                return


def _measure(context: Context, spec: TargetSpec, session: Session, cells: Sequence[Cell]) -> None:
    hello = session.hello(within_s=5)
    models = session.models(hello.models)
    # The arena of a codegen image is that of its largest model; TFLM's is found by trials.
    compiled = all(cell.key.engine == CODEGEN for cell in cells)
    check_table(models, [cell.workload for cell in cells], spec.name, arenas=compiled)
    arenas = [cell.workload.compiled.arena_bytes for cell in cells]
    check_hello(spec, hello, max(arenas) if compiled else None)
    bracket, round_trip_s = time_bracket(session)
    check_bracket(spec, *bracket, hello.counter_hz)
    clock = Clock.of(spec, hello, bracket[0])
    jobs = [
        Job(
            cell.id,
            cell.workload,
            model,
            frozenset(range(cell.samples)) - context.store.measured_samples(cell.id),
            TimeCheck.of(spec, cell.workload.compiled, hello, bracket[0], round_trip_s),
        )
        for cell, model in zip(cells, models, strict=True)
    ]
    facts: dict[int, CellFacts] = {}
    for job in jobs:
        cold = cold_run(session, job, clock, context.settings.warmup)
        pace = Pace(
            spec, job.model, job.workload.compiled, hello.counter_hz, bracket[0], round_trip_s
        )
        pace.check(session, 0, job.times)
        stack = stack_depth(session, job)
        check_stack(spec, stack, hello.free_ram)
        facts[job.cell] = CellFacts(
            counter=hello.counter,
            counter_hz=hello.counter_hz,
            clock_hz=hello.clock_hz or spec.clock_hz,
            free_ram=hello.free_ram,
            bracket=clock.bracket,
            latency_cold=None if math.isnan(cold) else cold,
            stack_bytes=stack,
            board=session.board or None,
        )
    _samples(context, session, jobs, clock, cells)
    for cell in cells:
        problem = false_outputs(*_outputs(context, cell))
        if problem:
            context.fail([cell], ImplausibleFigure(problem, where=spec.name), Stage.MEASURE)
            continue
        context.store.finish_cell(cell.id, replace(facts[cell.id], retries=session.retries))
        context.tell(cell, "ok")


def _outputs(context: Context, cell: Cell) -> tuple[np.ndarray, np.ndarray]:
    """Return the device's outputs (N, ...) of a cell, and the reference's to the same samples."""
    table = context.store.samples(cell.id)
    wanted = cell.workload.reference[table.index]
    return np.frombuffer(b"".join(table.outputs), wanted.dtype).reshape(wanted.shape), wanted


def _samples(
    context: Context,
    session: Session,
    jobs: Sequence[Job],
    clock: Clock,
    cells: Sequence[Cell],
) -> None:
    rows: dict[int, list[SampleRow]] = {job.cell: [] for job in jobs}
    counts = {job.cell: len(job.workload.inputs) - len(job.samples) for job in jobs}

    def flush() -> None:
        for cell, pending in rows.items():
            if pending:
                context.store.add_samples(cell, pending)
                pending.clear()

    def tell() -> None:
        context.check_stop()
        for cell in cells:
            context.on_event(Event(cell.key, Stage.MEASURE, counts[cell.id], cell.samples))

    try:
        for result in measure(session, jobs, clock, tell):
            rows[result.cell].append(_row(result))
            counts[result.cell] += 1
            if len(rows[result.cell]) >= _FLUSH_ROWS:
                flush()
    finally:
        flush()


def _row(result: Measured) -> SampleRow:
    return SampleRow(result.sample, result.calls, result.count, result.output)
