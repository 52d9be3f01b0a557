"""Energy per inference where nothing measured it: a datasheet's current times the latency."""

from __future__ import annotations

from harness.store import CellFacts, CurrentFacts


def estimate_uj(facts: CellFacts, latency: float) -> float | None:
    """µJ of a call that takes `latency` (in the cell's `latency_unit`); None where it is not known.

    The datasheet's current holds at one clock and is taken in proportion to the board's own, so
    that every cycle has the same energy. Only real boards' times and cycle-accurate counts are
    taken: an instruction count is no time.
    """
    current, clock_hz = facts.current, facts.clock_hz
    kind, unit = facts.timing_kind, facts.latency_unit
    if current is None:
        return None
    if (kind, unit) == ("cycle-accurate", "cycles"):
        cycles = latency
    elif (kind, unit) == ("hardware", "us") and clock_hz:
        cycles = latency * clock_hz / 1e6
    else:
        return None
    milliwatts = current.active_ma * current.supply_v
    return float(milliwatts * 1e3 * cycles / current.at_hz)


def basis(current: CurrentFacts) -> str:
    """Return the figures that an estimate is built on, in words."""
    return (
        f"datasheet estimate ({current.active_ma:g} mA at {current.supply_v:g} V and "
        f"{current.at_hz / 1e6:g} MHz, in proportion to the clock: {current.source})"
    )
