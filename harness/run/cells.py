"""A cell while it is measured, and the events of its progress."""

from __future__ import annotations

from dataclasses import dataclass

from harness.boards.catalogue import TargetSpec
from harness.errors import HarnessError
from harness.store import CellFacts, CellKey, CurrentFacts, Stage, Status
from harness.workload.workload import Workload


@dataclass(frozen=True)
class Event:
    """Progress of one cell: its stage, or its status at the end; `done` of `total` samples are
    measured."""

    key: CellKey
    stage: Stage | Status
    done: int = 0
    total: int = 0
    note: str = ""


@dataclass(frozen=True)
class Cell:
    """A workload on one target, with its row in the store.

    A cell that is `done` is not measured again. It stays in its image, so that a resumed run builds
    the same images and keeps the samples of the others.
    """

    key: CellKey
    id: int
    workload: Workload
    done: bool = False

    @property
    def samples(self) -> int:
        """Number of samples to measure."""
        return len(self.workload.inputs)


def target_facts(spec: TargetSpec) -> CellFacts:
    """Return the facts of a cell that follow from its target."""
    return CellFacts(
        target_title=spec.title,
        core=spec.core,
        clock_hz=spec.clock_hz,
        timing_kind=spec.timing_kind,
        latency_unit=spec.latency_unit,
        flash_limit=spec.flash_bytes,
        ram_limit=spec.ram_bytes,
        current=None if spec.current is None else CurrentFacts(**spec.current.model_dump()),
    )


class Interrupted(HarnessError):
    """The user stopped the run; measured samples are in the store."""
