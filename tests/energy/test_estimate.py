"""The estimate's formula, and what it is never made from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.boards.catalogue import load_catalogue
from harness.energy.estimate import basis, estimate_uj
from harness.store import CellFacts, CurrentFacts

CURRENT = CurrentFacts(active_ma=4.0, supply_v=3.0, at_hz=32_000_000, source="Table 7")
BOARD = CellFacts(current=CURRENT, timing_kind="hardware", latency_unit="us", clock_hz=32_000_000)
SIMULATOR = replace(BOARD, timing_kind="cycle-accurate", latency_unit="cycles")


def test_current_times_voltage_times_time() -> None:
    assert estimate_uj(BOARD, 1000.0) == pytest.approx(12.0)  # 12 mW for 1 ms
    assert estimate_uj(SIMULATOR, 32_000.0) == pytest.approx(12.0)


def test_a_faster_clock_draws_more() -> None:
    """As many cycles, in half the time, at twice the current."""
    assert estimate_uj(replace(BOARD, clock_hz=64_000_000), 500.0) == pytest.approx(12.0)


@pytest.mark.parametrize(
    "facts",
    [
        replace(BOARD, current=None),
        replace(BOARD, clock_hz=None),
        replace(BOARD, timing_kind="host-clock"),
        replace(SIMULATOR, timing_kind="instructions", latency_unit="instructions"),
        CellFacts(),
    ],
)
def test_nothing_is_made_up(facts: CellFacts) -> None:
    assert estimate_uj(facts, 1000.0) is None


def test_the_basis_names_its_source() -> None:
    assert basis(CURRENT) == (
        "datasheet estimate (4 mA at 3 V and 32 MHz, in proportion to the clock: Table 7)"
    )


def test_simulators_have_their_boards_current() -> None:
    catalogue = load_catalogue()
    assert catalogue["simavr-uno"].current == catalogue["uno"].current
    assert catalogue["simavr-mega"].current == catalogue["mega2560"].current
    counted = [spec for spec in catalogue.values() if spec.timing_kind == "instructions"]
    assert not any(spec.current for spec in counted)


def test_every_real_board_with_pins_has_a_marker() -> None:
    boards = [spec for spec in load_catalogue().values() if spec.kind == "serial"]
    assert all(spec.marker_pin is not None for spec in boards)
