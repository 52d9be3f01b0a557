"""Measuring the models of one image on one connected device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from harness.boards.catalogue import TargetSpec
from harness.errors import WrongFirmware
from harness.link.messages import Hello, ModelInfo, RunResult
from harness.link.session import Session
from harness.workload.workload import Workload


@dataclass(frozen=True)
class Job:
    """One cell's part in an image: which model it is and which samples are still to be measured."""

    cell: int
    workload: Workload
    model: ModelInfo
    samples: frozenset[int]


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
    """Turns counter ticks into the target's latency unit, less the cost of an empty bracket."""

    unit_ticks: float
    whole: bool
    bracket_ticks: int

    @classmethod
    def of(cls, spec: TargetSpec, hello: Hello, bracket_ticks: int) -> Clock:
        """Ticks a unit from the catalogue, or from the device's own counter frequency for us."""
        counted = spec.ticks_per_unit is not None
        unit = spec.ticks_per_unit if spec.ticks_per_unit is not None else hello.counter_hz / 1e6
        return cls(unit, counted, bracket_ticks)

    @property
    def bracket(self) -> float:
        """The cost of an empty bracket in the latency unit."""
        return self._units(self.bracket_ticks)

    def count(self, ticks: int) -> float:
        """Instructions, cycles (whole numbers) or microseconds of a call that took `ticks`."""
        return self._units(max(0, ticks - self.bracket_ticks))

    def _units(self, ticks: int) -> float:
        units = ticks / self.unit_ticks
        return float(round(units)) if self.whole else units


def check_table(models: Sequence[ModelInfo], workloads: Sequence[Workload], target: str) -> None:
    """Raise WrongFirmware unless the device holds exactly these model files, in this order."""
    held = [model.crc32 for model in models]
    wanted = [workload.compiled.crc32 for workload in workloads]
    if held != wanted:
        raise WrongFirmware(
            f"the device holds models {_hex(held)}, wanted {_hex(wanted)}",
            where=target,
            hint="flash it again",
        )


def cold_run(session: Session, job: Job, clock: Clock, warmup: int) -> float:
    """Latency of the first call since boot, then `warmup` calls that are thrown away.

    Where the model has been called before (a board that was not reset) this is NaN.
    """
    _send(session, job, 0)
    first = session.run(job.model.index, 0)
    for _ in range(warmup):
        session.run(job.model.index, 0)
    return clock.count(first.ticks) if first.calls == 1 else float("nan")


def stack_depth(session: Session, job: Job) -> int | None:
    """Greatest stack depth of one call in bytes, by painting; None where the port cannot tell."""
    _send(session, job, 0)
    return session.run(job.model.index, 0, measure_stack=True).stack


def measure(
    session: Session, jobs: Sequence[Job], clock: Clock, on_sample: Callable[[], None]
) -> Iterator[Measured]:
    """Run every wanted sample: each is sent once an input encoding, every model answers it."""
    for sample in sorted(frozenset[int]().union(*(job.samples for job in jobs))):
        sent: int | None = None
        for job in sorted(jobs, key=lambda job: job.model.encoding):
            if sample not in job.samples:
                continue
            if sent != job.model.encoding:
                _send(session, job, sample)
                sent = job.model.encoding
            result: RunResult = session.run(job.model.index, sample)
            yield Measured(job.cell, sample, result.calls, clock.count(result.ticks), result.data)
        on_sample()


def _send(session: Session, job: Job, sample: int) -> None:
    data = np.ascontiguousarray(job.workload.inputs[sample]).tobytes()
    session.send_sample(job.model.encoding, sample, data)


def _hex(values: Sequence[int]) -> str:
    return " ".join(f"{value:08x}" for value in values) or "none"
