"""Running workloads on targets: build, pack, flash, measure; every cell ends as a row."""

from harness.execution.cells import Cell, Event, Interrupted
from harness.execution.execution import Execution

__all__ = ["Cell", "Event", "Execution", "Interrupted"]
