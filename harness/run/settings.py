"""Settings that hold for every target and cell of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.boards.catalogue import load_catalogue
from harness.codegen.prefer import BALANCED, Prefer
from harness.firmware.library import Library
from harness.plan.energy import EnergyPart
from harness.project import Project
from harness.results.engines import CODEGEN, TFLM
from harness.run.trace import Trace
from harness.tflm.engine import TflmEngine
from harness.workload.authority import Authority


@dataclass(frozen=True)
class RunSettings:
    """Settings of measurement, and access to the targets."""

    warmup: int = 1  # calls after the first one that are discarded
    ports: Mapping[str, str] = field(default_factory=dict)  # target -> port or address
    power: Mapping[str, str] = field(default_factory=dict)  # target -> see targets/power.py
    wait_s: float = 0.0  # for boards that another run uses
    engines: Sequence[str] = (CODEGEN,)
    tflm: TflmEngine | None = None  # the engine of that name, its libraries checked before
    engine: Library | None = None  # another version of codegen's engine than the checkout's
    layers: bool = False  # measure each layer, too
    transcripts: bool = False  # keep those of all connections, not of failed ones only
    energy: Mapping[str, EnergyPart] = field(default_factory=dict)  # target -> its probe
    prefer: Prefer = BALANCED  # of the choice between dense and sparse kernels
    authority: Authority | None = None  # of parity; None: chosen by the operators of each file
    trace: Trace = field(default_factory=Trace)  # takes the run's steps with their times

    @property
    def judges(self) -> dict[str, Callable[[str, bytes], None]]:
        """By engine what raises ModelError for a target and a file that it refuses unbuilt."""
        return {} if self.tflm is None else {TFLM: self.tflm.judge}


def tflm_engine(
    project: Project, engines: Sequence[str], targets: Sequence[str], folder: Path | None
) -> TflmEngine | None:
    """Return the engine `tflm` where it is among `engines`, with the library in `folder`.

    Raises InputError where a target could run it but has no library.
    """
    if TFLM not in engines:
        return None
    tflm = TflmEngine.with_library(project, folder)
    tflm.libraries({name: load_catalogue()[name] for name in targets})
    return tflm
