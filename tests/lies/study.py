"""A run of an original and a pruned model on one board that may lie, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import serial

from harness.boards.catalogue import TargetSpec, load_catalogue
from harness.firmware.builder import Image
from harness.link.messages import Request
from harness.link.session import Session, Timing
from harness.project import Project
from harness.report.verdict import Verdict, verdicts
from harness.results.data import RunData, load_run
from harness.results.soundness import warnings
from harness.results.table import frame_of
from harness.run.artifact import describe
from harness.run.cells import Cell, target_facts
from harness.run.context import Context
from harness.run.image_run import run_image
from harness.run.settings import RunSettings
from harness.store import CellFacts, CellKey, CellRecord, Store
from harness.workload.workload import Workload, prepare
from tests.chosen_targets import board_with_usb
from tests.lies.board import BUILD, Answer, Board, Held, honest

DATA = Path(__file__).parents[1] / "data"
SPEC = load_catalogue()[board_with_usb("2341:805A")]  # counts cycles of its core
TICKS = {"original": 60_000, "magnitude": 30_000}
FILES = {"original": "digits_int8.tflite", "magnitude": "digits_int8_pertensor.tflite"}
CLASSES = 10
TOLERANCE = 0.05  # what so few samples can show
PASSED, TOLD, WARNED, REFUSED, FAILED = ORDER = ("passed", "told", "warned", "refused", "failed")
BOTH = ("original", "magnitude")
QUICK = Timing(quick=0.02, run=1.0)


@dataclass(frozen=True)
class Outcome:
    """Cells, their warnings and the verdict of a run."""

    cells: tuple[CellRecord, ...]
    warnings: tuple[str, ...]
    verdict: Verdict

    @property
    def advised(self) -> bool:
        """True where the verdict names a model."""
        return self.verdict.choice is not None

    def met(self, lying: Sequence[str]) -> str:
        """How a lie about these variants was met: the least of what happened to any of them.

        PASSED where a verdict advises one of them or compares with it, or where a cell is ok
        without any word; without variants the lie is about the run, and the verdict must not
        advise.
        """
        places = [i for i, cell in enumerate(self.cells) if cell.key.variant in lying]
        used = (self.verdict.choice, self.verdict.baseline)
        if self.advised and (not lying or any(place in used for place in places)):
            return PASSED
        return min((self._met(place) for place in places), key=ORDER.index, default=TOLD)

    def _met(self, place: int) -> str:
        cell = self.cells[place]
        if cell.status != "ok":
            return REFUSED if cell.status == "refused" else FAILED
        if self.warnings[place]:
            return WARNED
        name = f"{cell.key.variant} {cell.key.dtype} is no choice"
        told = not self.advised or any(name in line for line in self.verdict.support)
        return TOLD if told else PASSED


class Connected(Context):
    """A context whose target is a board in Python."""

    board: Board

    @contextmanager
    def connect(self, spec: TargetSpec, image: Any) -> Iterator[Session]:
        """Return a session over the board's end of the line, in its virtual time."""
        timing = Timing(QUICK.quick, QUICK.run, lambda: self.board.now)
        session = Session(cast(serial.Serial, self.board), name=spec.name, timing=timing)
        session.hello(within_s=0.5, build_id=image.build_id)
        yield session


@dataclass(frozen=True)
class Models:
    """The honest workloads, ready for the board's core, with their labels (N,)."""

    workloads: dict[str, Workload]
    labels: np.ndarray
    cache: Path

    @classmethod
    def load(cls, cache: Path, samples: int) -> Models:
        """Return the golden digits models on the first samples of their test split."""
        with np.load(DATA / "digits_test.npz") as file:
            x, y = file["x"][:samples], file["y"][:samples].astype(np.int64)
        found = {
            name: prepared(name, (DATA / file_name).read_bytes(), x, cache)
            for name, file_name in FILES.items()
        }
        return cls(found, y, cache)

    @property
    def samples(self) -> np.ndarray:
        """Real-valued inputs (N, 8, 8, 1)."""
        with np.load(DATA / "digits_test.npz") as file:
            x: np.ndarray = file["x"][: len(self.labels)]
        return x


Random = np.random.Generator
Lie = Callable[[Models, Random], Answer]


def prepared(
    name: str, tflite: bytes, samples: np.ndarray, cache: Path, dtype: str = "int8"
) -> Workload:
    """Return a workload for the board's core. Raises as `prepare`."""
    found = prepare(variant=name, dtype=dtype, tflite=tflite, samples=samples, cache_dir=cache)
    return found.for_core(SPEC.core)


def about(chosen: str, lie: Answer) -> Answer:
    """Tell a lie of RUN and OUTPUT about one of the two models only."""
    index = BOTH.index(chosen)

    def altered(kind: Request, asked: bytes, answer: bytes) -> bytes:
        return lie(kind, asked, answer) if kind is Request.RUN and asked[0] == index else answer

    return altered


def log_uniform(rng: Random, low: float, high: float) -> float:
    """Return a factor between `low` and `high`, all orders of magnitude alike."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


@dataclass(frozen=True)
class Study:
    """What the host believes (`workloads`, `labels`) and what the board holds (`held`)."""

    workloads: dict[str, Workload]
    labels: np.ndarray
    held: dict[str, Held] = field(default_factory=dict)
    keras: dict[str, np.ndarray] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    altered: Answer = honest
    slower: float = 1.0
    spec: TargetSpec = SPEC
    settings: RunSettings = field(default_factory=RunSettings)
    after: Callable[[Context, Sequence[Cell]], None] | None = None

    def run(self, folder: Path) -> Outcome:
        """Measure and judge, in a store of its own."""
        held = [
            self.held.get(name, Held.of(workload, TICKS[name]))
            for name, workload in self.workloads.items()
        ]
        board = Board(self.spec, held, self.altered, self.slower)
        path = folder / "results.sqlite"
        path.unlink(missing_ok=True)
        with Store(path) as store:
            run = store.begin_run(
                plan_name="lies", plan_text="", plan_digest="", provenance=self.provenance,
                labels=self.labels,
                classes=CLASSES,
            )  # fmt: skip
            cells = [self._cell(store, run, workload) for workload in self.workloads.values()]
            context = Connected(Project(folder, folder), store, run, self.settings, lambda _: None)
            object.__setattr__(context, "board", board)
            run_image(context, self.spec, cells, cast(Image, SimpleNamespace(build_id=BUILD)))
            if self.after is not None:
                self.after(context, cells)
            return judged(load_run(store, run))

    def _cell(self, store: Store, run: int, workload: Workload) -> Cell:
        name = workload.variant
        artifact = describe(
            workload, method="none" if name == "original" else "magnitude", sparsity_target=None,
            sparsity=0.0, parameters=1, nonzero_parameters=1, keras_score=None,
            keras_predictions=self.keras.get(name),
        )  # fmt: skip
        store.put_artifact(run, artifact)
        key = CellKey(name, workload.dtype, "codegen", self.spec.name)
        facts = target_facts(self.spec)
        id_ = store.put_cell(run, key, facts=facts)
        store.put_cell(
            run,
            key,
            facts=CellFacts(flash_bytes=1000, inputs_saturated=workload.saturated),
        )
        return Cell(key, id_, workload)


def judged(data: RunData) -> Outcome:
    """Return the outcome of a run on one target."""
    (verdict,) = verdicts(data, frame_of(data), TOLERANCE)
    notes = tuple("; ".join(warnings(cell)) for cell in data.cells)
    return Outcome(tuple(cell.record for cell in data.cells), notes, verdict)
