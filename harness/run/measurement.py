"""Measurement of the models of one image on one connected device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from harness.boards.catalogue import TargetSpec
from harness.errors import ImplausibleFigure, RequestRefused, WrongFirmware
from harness.link.messages import ErrorCode, Hello, ModelInfo, RunResult
from harness.link.session import Session
from harness.run.plausible import TimeCheck, check_frequencies
from harness.workload.workload import Workload

_SEQUENCE_TRIES = 6  # of a stream's sample, where the device loses the state within it


@dataclass(frozen=True)
class Job:
    """One cell's part in an image: its model, the samples to measure, the check of its times."""

    cell: int
    workload: Workload
    model: ModelInfo
    samples: frozenset[int]
    times: TimeCheck


@dataclass(frozen=True)
class Measured:
    """One run of one sample: `count` in the target's latency unit, bracket subtracted."""

    cell: int
    sample: int
    calls: int
    count: float
    output: bytes


@dataclass(frozen=True)
class Clock:
    """Converts counter ticks to the target's latency unit, less the cost of an empty bracket."""

    unit_ticks: float
    whole: bool
    bracket_ticks: int
    target: str

    @classmethod
    def of(cls, spec: TargetSpec, hello: Hello, bracket_ticks: int) -> Clock:
        """Return the clock of a target: ticks a unit by the catalogue, for us by the device's
        frequency.

        Raises ImplausibleFigure where HELLO contradicts the catalogue.
        """
        check_frequencies(spec, hello)
        counted = spec.ticks_per_unit is not None
        unit = spec.ticks_per_unit if spec.ticks_per_unit is not None else hello.counter_hz / 1e6
        return cls(unit, counted, bracket_ticks, spec.name)

    @property
    def bracket(self) -> float:
        """Cost of an empty bracket in the latency unit."""
        return self._units(self.bracket_ticks)

    def count(self, ticks: int) -> float:
        """Return instructions, cycles (whole numbers) or microseconds of a call that took `ticks`.

        Raises ImplausibleFigure where an empty bracket takes more.
        """
        if ticks < self.bracket_ticks:
            raise ImplausibleFigure(
                f"a call took {ticks:,} ticks of the counter, an empty bracket takes "
                f"{self.bracket_ticks:,}",
                where=self.target,
            )
        if self.whole:  # two reads may be a tick short or long: together they would round away
            return self._units(ticks) - self._units(self.bracket_ticks)
        return self._units(ticks - self.bracket_ticks)

    def _units(self, ticks: int) -> float:
        units = ticks / self.unit_ticks
        return float(round(units)) if self.whole else units


def check_table(
    models: Sequence[ModelInfo], workloads: Sequence[Workload], target: str, *, arenas: bool = True
) -> None:
    """Raise WrongFirmware unless the device holds exactly these model files, in this order.

    Raises ImplausibleFigure where the device states other sizes of inputs, outputs or, with
    `arenas`, arenas.
    """
    held = [model.crc32 for model in models]
    wanted = [workload.facts.crc32 for workload in workloads]
    if held != wanted:
        raise WrongFirmware(
            f"the device holds models {_hex(held)}, wanted {_hex(wanted)}",
            where=target,
            hint="flash it again",
        )
    for model, workload in zip(models, workloads, strict=True):
        compiled = workload.facts
        arena = workload.compiled.arena_bytes if arenas else model.arena_bytes
        for name, stated, size in (
            ("input", model.input_bytes, compiled.inputs.bytes),
            ("output", model.output_bytes, compiled.outputs.bytes),
            ("arena", model.arena_bytes, arena),
        ):
            if stated != size:
                raise ImplausibleFigure(
                    f"the device reports {stated:,} B of {name}, {compiled.name} has {size:,} B",
                    where=target,
                )
        sizes = tuple(tensor.bytes for tensor in (*compiled.inputs, *compiled.outputs))
        if model.tensors != sizes[: len(model.tensors)]:
            raise ImplausibleFigure(
                f"the device reports tensors of {model.tensors} B, {compiled.name} has {sizes} B",
                where=target,
            )


@dataclass(frozen=True)
class FirstCalls:
    """Calls before the samples: cold latency and all outputs, which are of the first sample.

    `cold` is None where the model was called before (a board that was not reset).
    """

    cold: float | None
    outputs: tuple[bytes, ...]


def first_calls(session: Session, job: Job, clock: Clock, warmup: int) -> FirstCalls:
    """Send the first sample and call a model for its cold latency and `warmup` times more."""
    send(session, job, 0)
    runs = [session.run(job.model.index, 0) for _ in range(1 + warmup)]
    for run in runs:
        _check(job, run, clock)
    return FirstCalls(
        clock.count(runs[0].ticks) if runs[0].calls == 1 else None,
        tuple(run.data for run in runs),
    )


def painted_run(session: Session, job: Job) -> RunResult:
    """Return a run of the first sample, sent before, that measures the depth of the stack."""
    return session.run(job.model.index, 0, measure_stack=True)


def measure(
    session: Session, jobs: Sequence[Job], clock: Clock, on_sample: Callable[[], None]
) -> Iterator[Measured]:
    """Run the samples: each is sent once per input encoding, and every model answers it.

    Frames of a stream are sent to one model after the other, since models share the memory of their
    states. `on_sample` is called after each sample, of a stream after all of its frames.
    """
    if any(job.workload.frames > 1 for job in jobs):
        yield from _measure_streams(session, jobs, clock, on_sample)
        return
    for sample in sorted(frozenset[int]().union(*(job.samples for job in jobs))):
        sent: int | None = None
        for job in sorted(jobs, key=lambda job: job.model.encoding):
            if sample not in job.samples:
                continue
            if sent != job.model.encoding:
                send(session, job, sample)
                sent = job.model.encoding
            result: RunResult = session.run(job.model.index, sample)
            _check(job, result, clock)
            yield _measured(job, sample, result, clock)
        on_sample()


def _measure_streams(
    session: Session, jobs: Sequence[Job], clock: Clock, on_sample: Callable[[], None]
) -> Iterator[Measured]:
    """Run each sample that lacks a frame from its first frame on, with one model and the next."""
    missing = {frame // job.workload.frames for job in jobs for frame in job.samples}
    for sample in sorted(missing):
        for job in jobs:
            frames = range(sample * job.workload.frames, (sample + 1) * job.workload.frames)
            if job.samples.isdisjoint(frames):
                continue
            found = _sequence(session, job, frames, clock)
            yield from (each for each in found if each.sample in job.samples)
        on_sample()


def _sequence(session: Session, job: Job, frames: range, clock: Clock) -> list[Measured]:
    """Return the runs of a sample's frames; the sequence is begun again where a state is lost."""
    for left in reversed(range(_SEQUENCE_TRIES)):
        found = []
        try:
            for frame in frames:
                send(session, job, frame)
                result = session.run(job.model.index, frame, keep=frame != frames.start)
                _check(job, result, clock)
                found.append(_measured(job, frame, result, clock))
        except RequestRefused as error:
            if error.code != ErrorCode.STATE_LOST or not left:
                raise
        else:
            return found
    raise AssertionError("the last try returns or raises")


def _measured(job: Job, sample: int, result: RunResult, clock: Clock) -> Measured:
    return Measured(job.cell, sample, result.calls, clock.count(result.ticks), result.data)


def _check(job: Job, result: RunResult, clock: Clock) -> None:
    """Raise ImplausibleFigure where a run's time or the length of its output cannot be."""
    job.times.check(result)
    size = job.workload.facts.outputs.bytes
    if len(result.data) != size:
        raise ImplausibleFigure(
            f"sample {result.sample} has {len(result.data):,} B of output instead of {size:,} B",
            where=clock.target,
        )


def send(session: Session, job: Job, sample: int) -> None:
    """Put a sample of the job into the device's sample buffer."""
    data = np.ascontiguousarray(job.workload.inputs[sample]).tobytes()
    session.send_sample(job.model.encoding, sample, data)


def _hex(values: Sequence[int]) -> str:
    return " ".join(f"{value:08x}" for value in values) or "none"
