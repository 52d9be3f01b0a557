"""Windows on a scripted board and probe: how many inferences, how often, and when it gives up."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from harness.energy.measuring import measure_energy
from harness.energy.probe import Probe, Samples
from harness.errors import EnergyError, LinkError
from harness.link.session import Session
from harness.plan.energy import EnergyPart
from harness.workload.workload import Workload

COUNTER_HZ = 1_000_000
CALL_TICKS = 3000
PART = EnergyPart(probe="joulescope", windows=3, seconds=0.5)


class Board:
    """Answers as a session does; a window takes its calls, times `slow`."""

    def __init__(self, ticks: int = CALL_TICKS, *, dies: bool = False, slow: float = 1.0) -> None:
        self.ticks, self.dies, self.slow = ticks, dies, slow
        self.asked: list[int] = []
        self.high_s = 0.0

    def hello(self, **_: Any) -> Any:
        return SimpleNamespace(models=1, counter_hz=COUNTER_HZ)

    def models(self, _: int) -> list[Any]:
        return [SimpleNamespace(index=0, encoding=1)]

    def send_sample(self, encoding: int, sample: int, data: bytes) -> None:
        assert (encoding, sample, data) == (1, 0, b"\1\2\3\4")

    def run(self, *_: int) -> Any:
        return SimpleNamespace(ticks=self.ticks)

    def window(self, model: int, sample: int, invocations: int, *, within_s: float) -> int:
        assert (model, sample) == (0, 0)
        assert within_s > invocations * self.ticks / COUNTER_HZ
        if self.dies:
            raise LinkError("no answer to WINDOW after 1 try")
        self.asked.append(invocations)
        self.high_s = self.slow * invocations * max(1, self.ticks) / COUNTER_HZ
        return invocations * self.ticks


class Meter(Probe):
    """10 kS/s of 1 V and 2 A while the pin is high, else 0.5 A."""

    title = "meter"

    def __init__(self, board: Board) -> None:
        self.board = board
        self.recording = False

    def open(self) -> None: ...
    def close(self) -> None: ...

    def start(self) -> None:
        self.recording = True

    def stop(self) -> Samples:
        self.recording = False
        if self.board.dies:
            raise EnergyError("sent no samples")
        high = np.repeat([False, True, False], [2000, round(self.board.high_s * 10_000), 1000])
        return Samples(
            time_s=np.arange(len(high)) / 10_000,
            current_a=np.where(high, 2.0, 0.5),
            voltage_v=np.ones(len(high)),
            marker=high,
        )


def measured(board: Board, meter: Meter | None = None) -> Any:
    workload = SimpleNamespace(inputs=np.array([[1, 2, 3, 4], [5, 6, 7, 8]], np.uint8))
    return measure_energy(
        cast(Session, board), cast(Workload, workload), meter or Meter(board), PART, lambda _: None
    )


def test_as_many_inferences_as_fill_a_window() -> None:
    board = Board()
    found = measured(board)
    assert board.asked == [167, 167, 167]  # of 3 ms each: 0.501 s
    assert (found.windows, found.invocations) == (3, 167)
    assert found.uj == pytest.approx(2.0 * 1.0 * 3000)  # 2 W for 3 ms
    assert found.above_idle_uj == pytest.approx(1.5 * 3000)


def test_one_long_inference_is_a_window() -> None:
    board = Board(700_000)
    assert measured(board).uj == pytest.approx(1_400_000)
    assert board.asked == [1, 1, 1]


def test_another_pin_is_told_by_its_length() -> None:
    with pytest.raises(EnergyError, match=r"high for 0.5311 s, the board counted 0.501 s"):
        measured(Board(slow=1.06))
    assert measured(Board(slow=1.01)).windows == 3


def test_a_call_faster_than_a_tick_ends_the_search() -> None:
    board = Board(0)
    with pytest.raises(EnergyError, match="the board counted 0 s"):
        measured(board)
    assert board.asked == [500_000]


def test_a_board_that_dies_stops_the_probe_and_is_what_is_told() -> None:
    board = Board(dies=True)
    meter = Meter(board)
    with pytest.raises(LinkError, match="no answer to WINDOW"):
        measured(board, meter)
    assert not meter.recording
