"""A board whose memory or supply is bad: its cells fail, and it is not used any more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from harness.errors import LinkError, SickBoard
from harness.firmware.builder import Image
from harness.link.messages import RunResult
from harness.project import Project
from harness.run import Cell
from harness.run.health import Health
from harness.run.image_run import run_image
from harness.run.settings import RunSettings
from harness.store import CellKey, CellRecord, Store
from harness.workload.workload import Workload
from tests.run.test_plausible import SAMPLES, SPEC, Connected, FakeSession, Lie, digits, honest

__all__ = ["digits"]
OUTPUTS = 10


class Flaky(FakeSession):
    """Loses the line before one of its calls, is reset before another."""

    def __init__(self, workload: Workload, lie: Lie, lost: int = 0, reset: int = 0) -> None:
        super().__init__(workload, lie)
        self.total, self.lost, self.reset, self.retries = 0, lost, reset, 0
        self.asked: list[int] = []

    def run(self, model: int, sample: int, *, measure_stack: bool = False) -> RunResult:
        self.total += 1
        if self.total == self.lost:
            raise LinkError("the line broke")
        if self.total == self.reset:
            self._calls = 0
            self.resets += 1
        self.asked.append(sample)
        return super().run(model, sample, measure_stack=measure_stack)


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
