"""A board that lies: every lie ends its cell as failed, with both figures; an honest one is ok."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from harness.boards.catalogue import TargetSpec, load_catalogue
from harness.firmware.builder import Image
from harness.link.messages import Hello, ModelInfo, RunResult
from harness.project import Project
from harness.run import Cell
from harness.run.context import Context
from harness.run.image_run import run_image
from harness.run.plausible import least_ticks
from harness.run.settings import RunSettings
from harness.store import CellKey, CellRecord, Store
from harness.workload.workload import Workload, prepare
from tests.chosen_targets import board_with_usb

DATA = Path(__file__).parents[1] / "data"
SPEC = load_catalogue()[board_with_usb("2341:805A")]  # counts cycles of its core
HZ = 64_000_000
TICKS = 30_000  # of one inference
BRACKET = 12
SAMPLES = 6

Lie = Callable[[RunResult], RunResult]


class FakeSession:
    """A board that answers as the reference does, in TICKS, but for its lies."""

    board = "fake"
    retries = 0
    resets = 0

    def __init__(self, workload: Workload, lie: Lie, **hello: Any) -> None:
        self._workload = workload
        self._lie = lie
        self._hello = hello
        self._calls = 0

    def hello(self, *, within_s: float) -> Hello:
        assert within_s > 0
        arena = self._workload.compiled.arena_bytes
        honest = Hello(0, 64, 1, "0" * 16, HZ, HZ, None, arena, SPEC.core, "DWT", "1")
        return replace(honest, **self._hello)

    def models(self, count: int) -> list[ModelInfo]:
        assert count == 1
        compiled = self._workload.compiled
        sizes = (compiled.input.bytes, compiled.output.bytes, compiled.arena_bytes)
        return [ModelInfo(0, compiled.crc32, 0, *sizes, "digits")]

    def bracket(self) -> tuple[int, int]:
        return BRACKET, BRACKET + 2

    def send_sample(self, encoding: int, sample: int, data: bytes) -> None:
        assert (encoding, data) == (0, self._workload.inputs[sample].tobytes())

    def run(self, model: int, sample: int, *, measure_stack: bool = False) -> RunResult:
        self._calls += 1
        output = self._workload.reference[sample].tobytes()
        ticks = 0 if measure_stack else TICKS
        seconds = TICKS / HZ + 0.002
        honest = RunResult(model, 0, sample, self._calls, ticks, 100, len(output), output, seconds)
        return honest if measure_stack else self._lie(honest)


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Workload:
    with np.load(DATA / "digits_test.npz") as file:
        samples = file["x"][:SAMPLES]
    workload = prepare(
        variant="digits",
        dtype="int8",
        tflite=(DATA / "digits_int8.tflite").read_bytes(),
        samples=samples,
        cache_dir=tmp_path_factory.mktemp("cache"),
    )
    return workload.for_core(SPEC.core)


def measured(tmp_path: Path, workload: Workload, lie: Lie, **hello: Any) -> CellRecord:
    """The cell of a board with these lies."""
    session = FakeSession(workload, lie, **hello)
    with Store(tmp_path / "results.sqlite") as store:
        run = store.begin_run(
            plan_name="lies",
            plan_text="",
            plan_digest="",
            provenance={},
            labels=np.empty(0, np.int64),
            classes=0,
        )
        key = CellKey("digits", "int8", "codegen", SPEC.name)
        cell = Cell(key, store.put_cell(run, key), workload)
        context = Connected(Project(tmp_path, tmp_path), store, run, RunSettings(), lambda _: None)
        object.__setattr__(context, "session", session)
        image = cast(Image, SimpleNamespace(build_id="0" * 16))
        run_image(context, SPEC, [cell], image)
        return store.cell(cell.id)


class Connected(Context):
    """A context whose target is the fake."""

    session: Any

    @contextmanager
    def connect(self, spec: TargetSpec, image: Image) -> Iterator[Any]:
        assert (spec.name, image.build_id) == (SPEC.name, "0" * 16)
        yield self.session


def honest(run: RunResult) -> RunResult:
    return run


def ticks(change: Callable[[int], int]) -> Lie:
    return lambda run: replace(run, ticks=change(run.ticks))


def test_an_honest_board_is_measured(tmp_path: Path, digits: Workload) -> None:
    cell = measured(tmp_path, digits, honest)
    assert (cell.status, cell.reason) == ("ok", "")
    assert least_ticks(SPEC, digits.compiled, HZ) < TICKS


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (ticks(lambda _: 0), "0 ticks of the counter, an empty bracket takes 12"),
        (ticks(lambda _: BRACKET), "12 ticks of the counter, an empty bracket takes 12"),
        (ticks(lambda each: each * 1000), "are 0.46875 s, and the answer came after 0.00246875 s"),
        (ticks(lambda each: each * 10), "are 0.0046875 s, and the answer came after 0.00246875 s"),
        (ticks(lambda each: each // 1000), "30 ticks of the counter, the model's multiply-adds"),
        (ticks(lambda each: each % 2**8), "48 ticks of the counter, the model's multiply-adds"),
        (ticks(lambda each: 2**32 - each), "the answer came after"),
        (lambda run: replace(run, data=run.data[:-1]), "9 B of output instead of 10 B"),
        (lambda run: replace(run, data=run.data + b"0"), "11 B of output instead of 10 B"),
        (lambda run: replace(run, data=b""), "0 B of output instead of 10 B"),
    ],
)
def test_a_run_that_cannot_be_fails_its_cell(
    tmp_path: Path, digits: Workload, lie: Lie, said: str
) -> None:
    cell = measured(tmp_path, digits, lie)
    assert (cell.status, cell.stage) == ("failed", "measure")
    assert said in cell.reason


@pytest.mark.parametrize(
    ("hello", "said"),
    [
        ({"counter_hz": HZ // 64}, "a counter of 1,000,000 Hz, the catalogue 64,000,000 Hz"),
        ({"counter_hz": 0}, "a counter of 0 Hz, the catalogue 64,000,000 Hz"),
        ({"clock_hz": 2 * HZ}, "a core of 128,000,000 Hz, the catalogue 64,000,000 Hz"),
        ({"core": "cortex-m0"}, "a core cortex-m0, the catalogue cortex-m4f"),
        ({"arena": 1}, "an arena of 1 B, compiled were "),
    ],
)
def test_a_hello_that_cannot_be_fails_its_cell(
    tmp_path: Path, digits: Workload, hello: dict[str, Any], said: str
) -> None:
    cell = measured(tmp_path, digits, honest, **hello)
    assert (cell.status, cell.stage) == ("failed", "measure")
    assert said in cell.reason


@pytest.mark.parametrize("wraps", [2**16, 2**24])
def test_a_counter_that_wraps_or_runs_slow_is_found_by_the_host_s_clock(
    tmp_path: Path, digits: Workload, wraps: int
) -> None:
    """Inferences of 2 s: what is left after the wrap may be more than the multiply-adds take."""
    slow = 2 * HZ + 20_000

    def lie(run: RunResult) -> RunResult:
        return replace(run, ticks=slow % wraps, seconds=slow / HZ + 0.002)

    cell = measured(tmp_path, digits, lie)
    assert cell.status == "failed"
    assert "ticks of the counter, which are" in cell.reason
    assert "does the counter wrap or run slow?" in cell.reason


def test_one_slow_answer_of_a_busy_host_is_no_lie(tmp_path: Path, digits: Workload) -> None:
    runs = iter([5.0, 0.003, *[2.0] * 20])
    cell = measured(tmp_path, digits, lambda run: replace(run, seconds=next(runs)))
    assert cell.status == "ok"
