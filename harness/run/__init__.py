"""Running workloads on targets: build, pack, flash, measure; every cell ends as a row."""

from harness.run.cells import Cell, Event, Interrupted
from harness.run.execution import Execution

__all__ = ["Cell", "Event", "Execution", "Interrupted"]
