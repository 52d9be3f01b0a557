"""A cell while it is measured, and what is told of its progress."""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import HarnessError
from harness.store import CellKey
from harness.workload.workload import Workload


@dataclass(frozen=True)
class Event:
    """Progress of one cell: `stage` names what happens, `done` of `total` samples are measured."""

    key: CellKey
    stage: str
    done: int = 0
    total: int = 0
    note: str = ""


@dataclass(frozen=True)
class Cell:
    """A workload on one target, with its row in the store."""

    key: CellKey
    id: int
    workload: Workload

    @property
    def samples(self) -> int:
        """How many there are to measure."""
        return len(self.workload.inputs)


class Interrupted(HarnessError):
    """The user asked to stop; what is measured is in the store."""
