"""A board whose memory or supply is bad: its cells fail, and it is not used any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from harness.boards.catalogue import TargetSpec
from harness.errors import LinkError, SickBoard
from harness.firmware.builder import Image
from harness.link.messages import Hello, ModelInfo, RunResult
from harness.project import Project
from harness.run import Cell
from harness.run.context import Context
from harness.run.health import Health
from harness.run.image_run import run_image
from harness.run.pace import Pace
from harness.run.settings import RunSettings
from harness.store import CellKey, CellRecord, Store
from harness.workload.workload import Workload
from tests.lies.study import SPEC, Models

HZ, BRACKET = 64_000_000, 12
TICKS = 30_000  # of one inference
SAMPLES = 6
OUTPUTS = 10

Lie = Callable[[RunResult], RunResult]


class Flaky:
    """A board that answers as the reference does, in TICKS, but for its lies.

    It loses the line before one of its calls, and is reset before another.
    """

    board = "fake"
    run_s = 1.0

    def __init__(self, workload: Workload, lie: Lie, lost: int = 0, reset: int = 0) -> None:
        self._workload = workload
        self._lie = lie
        self._calls = 0
        self.total, self.lost, self.reset, self.retries, self.resets = 0, lost, reset, 0, 0
        self.asked: list[int] = []

    def hello(self, *, within_s: float) -> Hello:
        assert within_s > 0
        arena = self._workload.compiled.arena_bytes
        return Hello(0, 64, 1, "0" * 16, HZ, HZ, None, arena, SPEC.core, "DWT", "1")

    def models(self, count: int) -> list[ModelInfo]:
        assert count == 1
        compiled = self._workload.compiled
        sizes = (compiled.input.bytes, compiled.output.bytes, compiled.arena_bytes)
        return [ModelInfo(0, compiled.crc32, 0, *sizes, "digits")]

    def now(self) -> float:
        return 0.0

    def bracket(self) -> tuple[int, int]:
        return BRACKET, BRACKET + 2

    def send_sample(self, encoding: int, sample: int, data: bytes) -> None:
        assert (encoding, data) == (0, self._workload.inputs[sample].tobytes())

    def run(self, model: int, sample: int, *, measure_stack: bool = False) -> RunResult:
        self.total += 1
        if self.total == self.lost:
            raise LinkError("the line broke")
        if self.total == self.reset:
            self._calls = 0
            self.resets += 1
        self.asked.append(sample)
        self._calls += 1
        output = self._workload.reference[sample].tobytes()
        ticks = 0 if measure_stack else TICKS
        seconds = TICKS / HZ + 0.002
        head = (model, 0, sample, self._calls, ticks, 100, len(output), output, seconds)
        honest = RunResult(*head, resets=self.resets)
        return honest if measure_stack else self._lie(honest)


class Connected(Context):
    """A context whose target is the fake."""

    session: Any

    @contextmanager
    def connect(self, spec: TargetSpec, image: Image) -> Iterator[Any]:
        assert (spec.name, image.build_id) == (SPEC.name, "0" * 16)
        yield self.session


def honest(run: RunResult) -> RunResult:
    return run


@pytest.fixture(autouse=True)
def no_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows are compared with single runs in tests/lies."""
    monkeypatch.setattr(Pace, "check", lambda *_: None)


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Workload:
    return Models.load(tmp_path_factory.mktemp("cache"), SAMPLES).workloads["original"]


def measured(tmp_path: Path, session: Flaky, workload: Workload) -> tuple[CellRecord, bool]:
    """The cell, and whether the board is used on."""
    with Store(tmp_path / "results.sqlite") as store:
        run = store.begin_run(
            plan_name="sick",
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
        sick = run_image(context, SPEC, [cell], image)
        return store.cell(cell.id), sick is None


def test_a_well_board_answers_the_same_three_times(tmp_path: Path, digits: Workload) -> None:
    session = Flaky(digits, honest)
    cell, used = measured(tmp_path, session, digits)
    assert (cell.status, used) == ("ok", True)
    assert (cell.facts.known_answers, cell.facts.resets, cell.facts.retries) == (3, 0, 0)
    assert session.asked == [0, 0, 0, *range(SAMPLES)]


def test_two_answers_to_one_question_end_the_cells_and_the_board(
    tmp_path: Path, digits: Workload
) -> None:
    def second_is_other(run: RunResult) -> RunResult:
        return replace(run, data=bytes(OUTPUTS)) if run.calls == 2 else run

    cell, used = measured(tmp_path, Flaky(digits, second_is_other), digits)
    assert (cell.status, cell.stage, used) == ("failed", "measure", False)
    assert "the board is sick: " in cell.reason
    assert "of 10 bytes of the first sample's output differ between two runs" in cell.reason


def test_after_a_reset_in_mid_run_the_answer_is_asked_for_again(
    tmp_path: Path, digits: Workload
) -> None:
    session = Flaky(digits, honest, reset=6)
    cell, used = measured(tmp_path, session, digits)
    assert (cell.status, used) == ("ok", True)
    assert (cell.facts.resets, cell.facts.known_answers) == (1, 5)
    assert session.asked == [0, 0, 0, 0, 1, 2, 0, 3, 4, 5, 0]


def test_a_reset_that_changes_the_answer_is_seen(tmp_path: Path, digits: Workload) -> None:
    def other_after_reset(run: RunResult) -> RunResult:
        changed = session.resets and run.sample == 0
        return replace(run, data=bytes(OUTPUTS)) if changed else run

    session = Flaky(digits, other_after_reset, reset=6)
    cell, used = measured(tmp_path, session, digits)
    assert (cell.status, used) == ("failed", False)
    assert cell.facts.resets == 1


def test_a_lost_connection_keeps_samples_and_first_figures(
    tmp_path: Path, digits: Workload
) -> None:
    session = Flaky(digits, honest, lost=6)
    cell, used = measured(tmp_path, session, digits)
    assert (cell.status, used) == ("ok", True)
    # Each connection asks three times and at the end; the stored answer counts as well. The first
    # call since boot was in the first connection.
    assert cell.facts.latency_cold is not None
    assert (cell.facts.resets, cell.facts.known_answers) == (0, 8)
    assert session.asked == [0, 0, 0, 0, 1, *[0] * 3, 2, 3, 4, 5, 0]


def test_outputs_are_compared_from_the_first_on() -> None:
    health = Health("desk")
    health.note(1, b"ab")
    health.note(2, b"xy")
    with pytest.raises(SickBoard, match="desk: the board is sick: 1 of 2 bytes"):
        health.note(1, b"aa")
    assert health.runs == {1: 1, 2: 1}
