"""The pin that marks the measured window, on simulated AVRs, whose simulator sees every change."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.boards.catalogue import load_catalogue
from tests.hil.port_client import BURN
from tests.hil.port_images import MODELS, Builds, cost_of_turn, running

pytestmark = pytest.mark.hil

# Arduino pin 4 (`marker_pin`) as the boards' schematics name it.
PINS = {"simavr-uno": "D4", "simavr-mega": "G5"}
TURNS = 1000
CALL = 100  # cycles of a call, the copy of its 4 bytes and the loop, at most
SWITCH = 300  # cycles of Arduino's pinMode and digitalWrite, at most
OVERFLOW = range(20, 100)  # cycles of the counter's overflow interrupt, once in 65,536


def pulses(record: Path) -> list[int]:
    """Widths in cycles; every rise has its fall."""
    changes = [[int(word) for word in line.split()] for line in record.read_text().splitlines()]
    assert [level for _, level in changes] == [1, 0] * (len(changes) // 2)
    return [down - up for (up, _), (down, _) in zip(changes[::2], changes[1::2], strict=True)]


@pytest.mark.parametrize("name", PINS)
def test_pin_is_high_exactly_while_the_window_lasts(
    name: str, build: Builds, tmp_path: Path
) -> None:
    spec = load_catalogue()[name]
    record = tmp_path / "pin"
    invocations = (0, 1, 2, 50)
    with running(
        spec, build(spec, MODELS), tmp_path / "log", ["-p", f"{PINS[name]}={record}"]
    ) as client:
        latency = client.burn(TURNS)
        assert record.read_text() == ""  # RUN leaves the pin alone
        ticks = [client.window(BURN, TURNS, count) for count in invocations]
    empty, one, two, fifty = pulses(record)
    each = two - one
    assert TURNS * cost_of_turn(spec) <= latency <= each <= latency + CALL
    interrupts = fifty - one - 49 * each  # in the pulse, and taken off the ticks
    assert interrupts // (fifty // 65_536) in OVERFLOW
    assert 0 < empty <= SWITCH
    assert empty + each - CALL <= one <= empty + each + CALL
    # The counter starts before the pin rises and stops after it has fallen.
    assert 0 < ticks[0] - empty <= 2 * SWITCH
    assert ticks[1] - one == ticks[0] - empty
