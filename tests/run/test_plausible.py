"""A board that lies: every lie ends its cells as failed, with both figures; an honest one is ok.

tests/lies draws lies of every kind; these are single ones with what is said of them.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import ImplausibleFigure
from harness.link.messages import RunResult
from harness.run.plausible import TimeCheck, check_stack, least_ticks
from harness.store import CellRecord
from tests.lies.board import (
    BRACKET,
    Answer,
    honest,
    in_bracket,
    in_hello,
    in_model,
    in_run,
    in_ticks,
)
from tests.lies.study import SPEC, TICKS, Models, Study

HZ = 64_000_000
SAMPLES = 6


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Models:
    return Models.load(tmp_path_factory.mktemp("cache"), SAMPLES)


def measured(
    folder: Path, digits: Models, altered: Answer = honest, **more: Any
) -> tuple[CellRecord, ...]:
    """The cells of a board with these lies."""
    return Study(digits.workloads, digits.labels, altered=altered, **more).run(folder).cells


def test_an_honest_board_is_measured(tmp_path: Path, digits: Models) -> None:
    for cell in measured(tmp_path, digits):
        assert (cell.status, cell.reason) == ("ok", "")
        assert cell.facts.stack_bytes == 400
    compiled = digits.workloads["original"].compiled
    assert least_ticks(SPEC, compiled, HZ) < TICKS["original"]


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (in_ticks(lambda _: 0), "0 ticks of the counter, an empty bracket takes 12"),
        (in_ticks(lambda _: BRACKET), "12 ticks of the counter, the model's multiply-adds alone"),
        (in_ticks(lambda each: each * 1000), "s, and the answer came after 0.0029"),
        (in_ticks(lambda each: each * 4), "s, and the answer came after 0.0029"),
        (in_ticks(lambda each: each // 1000), "60 ticks of the counter, the model's multiply-adds"),
        (in_ticks(lambda each: each % 2**8), "108 ticks of the counter, the model's multiply-adds"),
        (in_ticks(lambda each: 2**32 - each), "the answer came after"),
        (in_ticks(lambda each: each * 4 // 5), "a single run took 47,997 ticks of the counter, "
         "runs back-to-back 60,000 each"),
        (in_ticks(lambda each: each * 4 // 5, window=True), "512 runs back-to-back took 24,576,009 "
         "ticks of the counter, which are 0.384 s, and 0.482 s by the host's clock"),
        (in_run(lambda run: replace(run, calls=3)), "and is call 3 after call 3"),
        (in_run(lambda run: replace(run, stack=300_000)), "it has 100,256 B"),
        (in_run(lambda run: replace(run, data=run.data[:-1], output_bytes=9)),
         "9 B of output instead of 10 B"),
        (in_run(lambda run: replace(run, data=run.data + b"0", output_bytes=11)),
         "11 B of output instead of 10 B"),
        (in_run(lambda run: replace(run, data=b"", output_bytes=0)),
         "0 B of output instead of 10 B"),
        (in_bracket(4_000, 4_001), "bracket takes 4,000 ticks, and at most 2,000 are plausible"),
        (in_bracket(9, 8), "an empty bracket takes at least 9 and at most 8 ticks"),
        (in_model(lambda info: replace(info, arena_bytes=1)), "the device reports 1 B of arena"),
    ],
)  # fmt: skip
def test_a_run_that_cannot_be_fails_its_cells(
    tmp_path: Path, digits: Models, lie: Answer, said: str
) -> None:
    for cell in measured(tmp_path, digits, lie):
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
        ({"free_ram": 1_000_000}, "1,000,000 B of free RAM, it has 262,144 B"),
    ],
)
def test_a_hello_that_cannot_be_fails_its_cells(
    tmp_path: Path, digits: Models, hello: dict[str, Any], said: str
) -> None:
    for cell in measured(tmp_path, digits, in_hello(**hello)):
        assert (cell.status, cell.stage) == ("failed", "measure")
        assert said in cell.reason


@pytest.mark.parametrize(("slower", "ok"), [(1.04, True), (1.25, False), (0.8, False)])
def test_a_counter_of_another_rate_is_found_by_the_host_s_clock(
    tmp_path: Path, digits: Models, slower: float, ok: bool
) -> None:
    """Ticks are honest and the board's clock is not what it says."""
    for cell in measured(tmp_path, digits, slower=slower):
        assert (cell.status == "ok") == ok
        assert ok or "does the counter run at another rate?" in cell.reason


def test_a_board_without_a_clock_s_rate_gets_the_catalogue_s(
    tmp_path: Path, digits: Models
) -> None:
    for cell in measured(tmp_path, digits, in_hello(clock_hz=0)):
        assert (cell.status, cell.facts.clock_hz) == ("ok", HZ)


def test_a_board_that_never_takes_time_is_no_endless_window(tmp_path: Path, digits: Models) -> None:
    for cell in measured(tmp_path, digits, in_ticks(lambda each: each // 20), slower=0.0):
        assert "67,108,864 runs back-to-back took 0.002 s" in cell.reason


def test_unknown_stack_is_no_lie() -> None:
    check_stack(SPEC, None, None)
    check_stack(SPEC, SPEC.ram_bytes, None)


@pytest.mark.parametrize(
    ("ticks", "timed_by_host", "passes"),
    [(20, True, True), (20, False, False), (21, False, True), (19, True, False), (0, True, False)],
)
def test_a_small_model_may_take_less_than_a_step_of_the_hosts_clock(
    ticks: int, timed_by_host: bool, passes: bool
) -> None:
    times = TimeCheck("board", 10**9, 20, 0.5, 0.001, 115_200, timed_by_host)
    run = RunResult(0, 0, 0, 1, ticks, None, 0, b"")
    if passes:
        times.check(run)
    else:
        with pytest.raises(ImplausibleFigure, match="does the counter stand still"):
            times.check(run)
