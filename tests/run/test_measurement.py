import pytest

from harness.boards.catalogue import load_catalogue
from harness.errors import ImplausibleFigure
from harness.link.messages import Hello
from harness.run.measurement import Clock


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
