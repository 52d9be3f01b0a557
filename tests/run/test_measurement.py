from types import SimpleNamespace

import numpy as np
import pytest

from harness.boards.catalogue import load_catalogue
from harness.errors import ImplausibleFigure, RequestRefused
from harness.link.messages import ErrorCode, Hello, RunResult
from harness.run.measurement import Clock, Job, measure


def hello(counter_hz: int) -> Hello:
    return Hello(0, 64, 1, "0" * 16, 0, counter_hz, None, 1, "core", "counter", "1")


def test_ticks_of_qemu_become_whole_instructions() -> None:
    """The timer shows ceil(3.2 n) - 1 ticks after n instructions (tests/hil/test_ports.py)."""

    def ticks(instructions: int) -> int:
        return -(-instructions * 16 // 5) - 1

    clock = Clock.of(load_catalogue()["qemu-m4"], hello(25_000_000), ticks(5))
    assert clock.bracket == 5
    for instructions in (*range(100), 68_800, 900_000_001):
        assert clock.count(ticks(instructions + 5)) == instructions


@pytest.mark.parametrize("target", ["qemu-riscv", "simavr-uno"])
def test_counters_that_count_the_unit_are_taken_as_they_are(target: str) -> None:
    spec = load_catalogue()[target]
    assert spec.ticks_hz is not None
    clock = Clock.of(spec, hello(spec.ticks_hz), 6)
    assert clock.count(540_006) == 540_000


def test_microseconds_come_from_the_devices_own_frequency() -> None:
    clock = Clock.of(load_catalogue()["esp32dev"], hello(240_000_000), 24)
    assert clock.bracket == pytest.approx(0.1)
    assert clock.count(240_024) == pytest.approx(1000.0)


def test_a_negative_count_is_an_error_with_both_figures() -> None:
    clock = Clock.of(load_catalogue()["simavr-uno"], hello(16_000_000), 10)
    with pytest.raises(ImplausibleFigure, match=r"took 3 ticks .* an empty bracket takes 10"):
        clock.count(3)


class Frames:
    """A session that loses the state of a model once, before one of its frames."""

    def __init__(self, lost: int) -> None:
        self.runs: list[tuple[int, bool]] = []
        self._lost = lost

    def send_sample(self, encoding: int, sample: int, data: bytes) -> None:
        assert (encoding, data) == (0, bytes([sample]))

    def run(self, model: int, sample: int, *, keep: bool) -> RunResult:
        if sample == self._lost:
            self._lost = -1
            error = RequestRefused("lost")
            error.code = ErrorCode.STATE_LOST
            raise error
        self.runs.append((sample, keep))
        return RunResult(model, 0, sample, 1, 100 + sample, None, 1, bytes([sample]))


def stream_job(samples: set[int]) -> Job:
    inputs = np.arange(6, dtype=np.int8).reshape(6, 1)
    compiled = SimpleNamespace(outputs=SimpleNamespace(bytes=1))
    workload = SimpleNamespace(inputs=inputs, facts=compiled, frames=3)
    model = SimpleNamespace(index=0, encoding=0)
    times = SimpleNamespace(check=lambda _: None)
    return Job(1, workload, model, frozenset(samples), times)  # type: ignore[arg-type]


def measured(session: Frames, job: Job) -> list[int]:
    clock = Clock(1.0, True, 0, "host")
    seen: list[int] = []
    found = [each.sample for each in measure(session, [job], clock, lambda: seen.append(1))]  # type: ignore[arg-type]
    assert len(seen) == len({sample // 3 for sample in job.samples})
    return found


def test_frames_keep_the_state_and_samples_begin_anew() -> None:
    session = Frames(lost=-1)
    assert measured(session, stream_job(set(range(6)))) == [0, 1, 2, 3, 4, 5]
    assert session.runs == [(0, False), (1, True), (2, True), (3, False), (4, True), (5, True)]


def test_a_sequence_whose_state_is_lost_begins_again() -> None:
    session = Frames(lost=5)
    assert measured(session, stream_job(set(range(6)))) == [0, 1, 2, 3, 4, 5]
    assert [sample for sample, _ in session.runs] == [0, 1, 2, 3, 4, 3, 4, 5]


def test_a_frame_that_is_missing_is_reached_from_the_first_one() -> None:
    session = Frames(lost=-1)
    assert measured(session, stream_job({4})) == [4]
    assert session.runs == [(3, False), (4, True), (5, True)]


def test_whole_units_are_exact_where_both_reads_miss_a_part_of_a_tick() -> None:
    """Xtensa counts 2.56 ticks an instruction: 13 are 33.28 ticks, 168,166 430,504.96."""
    clock = Clock(2.56, True, 33, "qemu-xtensa")
    assert {clock.count(ticks) for ticks in (430_504, 430_505)} == {168_153.0}
    assert Clock(2.56, True, 34, "qemu-xtensa").count(430_504) == 168_153.0
