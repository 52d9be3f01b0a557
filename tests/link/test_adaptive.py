import pytest

from harness.link.adaptive import Durations, FrameSize
from harness.link.messages import Request


def test_sizes_halve_at_once_and_double_slowly() -> None:
    size = FrameSize(1024)
    assert size.limit is None
    sizes = []
    for _ in range(6):
        size.failed()
        sizes.append(size.limit)
    assert sizes == [512, 256, 128, 64, 32, 32]
    for _ in range(7):
        size.answered(1)
    size.answered(2)
    for _ in range(8):
        assert size.limit == 32
        size.answered(1)
    assert size.limit == 64


def test_small_devices_keep_their_own_least() -> None:
    size = FrameSize(96)
    for _ in range(4):
        size.failed()
    assert size.payload == 32
    for _ in range(32):
        size.answered(1)
    assert (size.payload, size.limit) == (96, None)


def test_waits_follow_the_longest_answer() -> None:
    durations = Durations()
    assert durations.patience_s(Request.RUN, 30.0, 1.0) == 30.0
    assert durations.settle_s(Request.RUN) == pytest.approx(0.04)
    durations.note(Request.RUN, 2.0)
    durations.note(Request.RUN, 0.5)
    assert durations.patience_s(Request.RUN, 30.0, 1.0) == 8.0
    assert durations.settle_s(Request.RUN) == pytest.approx(3.04)
    durations.note(Request.BRACKET, 0.001)
    assert durations.patience_s(Request.BRACKET, 1.0, 0.25) == 0.25
