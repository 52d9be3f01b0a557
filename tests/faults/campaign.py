"""Sessions over a bad line, end to end: a real image, the real driver, the runner, the store.

Every session measures the same two models on the same samples. Its cells have to end right (every
output and, where the target counts exactly, every count as without faults) or failed with a reason.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
import serial

from harness.boards.catalogue import TargetSpec, load_catalogue
from harness.firmware.builder import FirmwareBuilder, Image
from harness.link.session import Session
from harness.project import Project
from harness.run import Cell
from harness.run.context import Context
from harness.run.image_run import run_image
from harness.run.settings import RunSettings
from harness.run.transcripts import TranscriptKeeper
from harness.run.unplanned import begin_unplanned
from harness.store import CellKey, Stage, Store
from harness.targets.base import Flashable
from harness.targets.process import ProcessTarget
from harness.workload.workload import Workload, prepare
from tests.engine.tflite_builder import TfliteBuilder
from tests.faults.faults import KINDS, Kind
from tests.faults.proxy import FaultyLine

TASKS, FILES = Path("/proc/self/task"), Path("/proc/self/fd")
DATA = Path(__file__).resolve().parents[1] / "data"
HANG_S = 150.0  # far more than the time limits of a session allow
WIDE = 1200  # bytes of the wide model's input and output: longer than any frame
SAMPLES = 3

RIGHT, TYPED, WRONG = "right", "typed", "wrong"
HANG, LEAK, TRACEBACK = "hang", "leak", "traceback"
OUTCOMES = (RIGHT, TYPED, WRONG, HANG, LEAK, TRACEBACK)
CHAOS = "all at once"


@dataclass(frozen=True)
class Outcome:
    """End of one session: one of OUTCOMES, the reason, what it took."""

    fault: str
    seed: int
    end: str
    reason: str
    seconds: float
    faults: int
    retries: int


def kinds_of(fault: str) -> list[Kind]:
    """The kinds of a fault by name; "noise:100" comes once in 100 bytes instead of its usual rate.

    CHAOS is most of them, each six times rarer.
    """
    if fault == CHAOS:
        mild = [kind for kind in KINDS.values() if kind.name != "split"]
        return [replace(kind, every=6 * kind.every) for kind in mild]
    name, _, every = fault.partition(":")
    return [replace(KINDS[name], every=int(every)) if every else KINDS[name]]


def wide_model(width: int) -> bytes:
    """A model of `width` bytes of input and output."""
    builder = TfliteBuilder()
    start = builder.tensor("int8", (1, width), scales=[0.05], zero_points=[3])
    bent = builder.tensor("int8", (1, width), scales=[1 / 128], zero_points=[0])
    end = builder.tensor("int8", (1, width), scales=[0.06], zero_points=[3])
    builder.operator("TANH", [start], [bent])
    builder.operator("ADD", [start, bent], [end], FusedActivationFunction=0)
    builder.inputs, builder.outputs = [start], [end]
    return builder.build()


def workloads(cache: Path, count: int, width: int) -> list[Workload]:
    """Digits, whose frames are short, and the wide model, on `count` samples."""
    with np.load(DATA / "digits_test.npz") as file:
        digits = file["x"][:count]
    wide = np.random.default_rng(16).uniform(-4, 4, (count, width)).astype(np.float32)
    files = {"digits": (DATA / "digits_int8.tflite").read_bytes(), "wide": wide_model(width)}
    samples = {"digits": digits, "wide": wide}
    return [
        prepare(variant=name, dtype="int8", tflite=file, samples=samples[name], cache_dir=cache)
        for name, file in files.items()
    ]


class Campaign:
    """Faulted sessions on one target. Use `session` from several threads at once if wanted."""

    def __init__(self, name: str, folder: Path, samples: int = SAMPLES, width: int = WIDE) -> None:
        self.spec = load_catalogue()[name]
        self.project = Project(Project.here().root, folder)
        made = workloads(folder / "cache", samples, width)
        self.workloads = [workload.for_core(self.spec.core) for workload in made]
        compiled = [workload.compiled for workload in self.workloads]
        self.image = FirmwareBuilder(self.project).build(self.spec, compiled)
        self._store = Store(folder / f"{name}.sqlite")
        self._counts: dict[str, list[float]] = {}
        clean = self.session("", 0)
        assert clean.end == RIGHT, clean.reason

    def close(self) -> None:
        self._store.close()

    def session(self, fault: str, seed: int) -> Outcome:
        """Measure both models once, over a line with `fault` ("" for none)."""
        lines: list[FaultyLine] = []
        began = time.monotonic()
        run = begin_unplanned(self._store, f"{fault}-{seed}", {})
        cells = []
        for workload in self.workloads:
            key = CellKey(workload.variant, "int8", "codegen", self.spec.name)
            cells.append(Cell(key, self._store.put_cell(run, key), workload))
        target = FaultyTarget(self.spec, self.project.root, fault, seed, lines)
        context = FaultyContext(self.project, self._store, run, RunSettings(), lambda _: None)
        object.__setattr__(context, "target", target)
        end, reason = RIGHT, ""
        try:
            run_image(context, self.spec, cells, self.image)
        except Exception as error:
            end, reason = TRACEBACK, repr(error)
        else:
            judged = [self._judge(cell) for cell in cells]
            end, reason = max(judged, key=lambda each: OUTCOMES.index(each[0]))
        seconds = time.monotonic() - began
        if seconds > HANG_S:
            end, reason = HANG, f"{seconds:.0f} s"
        records = [self._store.cell(cell.id) for cell in cells]
        return Outcome(
            fault,
            seed,
            end,
            reason,
            seconds,
            sum(line.faults for line in lines),
            max(record.facts.retries or 0 for record in records),
        )

    def _judge(self, cell: Cell) -> tuple[str, str]:
        record = self._store.cell(cell.id)
        table = self._store.samples(cell.id)
        for index, output in zip(table.index, table.outputs, strict=True):
            if output != cell.workload.reference[index].tobytes():
                return WRONG, f"{cell.key.variant}: output of sample {index}"
        if self.spec.timing_kind != "host-clock":
            known = self._counts.setdefault(cell.key.variant, list(table.counts))
            for index, count in zip(table.index, table.counts, strict=True):
                if count != known[index]:
                    return WRONG, f"{cell.key.variant}: {count} for sample {index}"
        if record.status == "ok":
            whole = len(table.index) == cell.samples
            return (RIGHT, "") if whole else (WRONG, "ok, but samples are missing")
        typed = record.status == "failed" and record.stage == Stage.MEASURE and record.reason
        return (TYPED, record.reason) if typed else (WRONG, f"{record.status}: {record.reason}")


class FaultyTarget(ProcessTarget):
    """A simulated board behind a bad line. A reset board is another process with the same image."""

    def __init__(
        self, spec: TargetSpec, root: Path, fault: str, seed: int, lines: list[FaultyLine]
    ) -> None:
        super().__init__(spec, root)
        self._fault = fault
        self._rng = random.Random(f"{fault} {seed}")
        self._lines = lines
        self._boards = ExitStack()
        self._starts = 0
        self._image: Flashable | None = None
        self._log = Path()

    @contextmanager
    def connect(self, image: Flashable, log: Path) -> Iterator[Session]:
        self._image, self._log = image, log
        with self._boards, super().connect(image, self._new_log()) as session:
            yield session

    def _open(self, port: str) -> serial.Serial:
        line = super()._open(port)
        if not self._fault:
            return line
        self._lines.append(FaultyLine(line, kinds_of(self._fault), self._rng, self._restart))
        return cast(serial.Serial, self._lines[-1])

    def _restart(self) -> serial.Serial:
        assert self._image is not None
        port, _ = self._boards.enter_context(self.start(self._image.elf, self._new_log()))
        return super()._open(port)

    def _new_log(self) -> Path:
        self._starts += 1
        return self._log.with_suffix(f".{self._starts}.log")


class FaultyContext(Context):
    """A context whose target is the one behind the bad line."""

    target: FaultyTarget

    @contextmanager
    def connect(self, spec: TargetSpec, image: Image) -> Iterator[Session]:
        log = self.project.reports / f"{spec.name}-{self.run_id}.log"
        keeper = TranscriptKeeper(self.project.reports, log.stem, keep_all=False)
        with keeper.kept(), self.target.connect(image, log) as session:
            keeper.session = session
            yield session


def left_behind(before: tuple[int, int, int]) -> str:
    """What is open now and was not `before`; empty where nothing leaks."""
    for _ in range(100):  # ends of processes and threads take a moment
        now = in_use()
        if all(new <= old for new, old in zip(now, before, strict=True)):
            return ""
        time.sleep(0.05)
    names = ("files", "threads", "child processes")
    pairs = zip(names, before, now, strict=True)
    return ", ".join(f"{name} {old} -> {new}" for name, old, new in pairs if new > old)


def in_use() -> tuple[int, int, int]:
    """Open files, threads and child processes of this process."""
    children = 0
    for task in TASKS.iterdir():
        with suppress(OSError):  # a thread that has just ended
            children += len((task / "children").read_text().split())
    return len([*FILES.iterdir()]), threading.active_count(), children


def table(outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    """Rows for each fault: sessions, each end, median seconds, faults and repeats a session."""
    rows = []
    for fault in dict.fromkeys(outcome.fault for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.fault == fault]
        ends = [sum(outcome.end == end for outcome in own) for end in OUTCOMES]
        figures = (
            len(own),
            *ends,
            f"{np.median([outcome.seconds for outcome in own]):.1f}",
            f"{np.mean([outcome.faults for outcome in own]):.0f}",
            f"{np.mean([outcome.retries for outcome in own]):.0f}",
        )
        rows.append((fault, *map(str, figures)))
    return rows
