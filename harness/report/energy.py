"""What the report says of energy: its column, and how the figures came about."""

from __future__ import annotations

import pandas as pd

from harness.results.wording import count

HEAD = ("Energy", "µJ per inference")


def has_energy(frame: pd.DataFrame) -> bool:
    """Whether any cell's energy is known, measured or estimated."""
    return bool(frame["energy_uj"].notna().any())


def energy_notes(done: pd.DataFrame) -> list[str]:
    """Sentences on one target's cells that ended well: the way of each figure, and what failed."""
    notes = [f"Energy per inference: {how}." for how in done["energy_how"].dropna().unique()]
    measured = done[done["energy_kind"] == "measured"]
    if len(measured):
        notes.append("The ± is the 95 % interval of the mean over the windows.")
    idle = measured["energy_idle_mw"].dropna()
    if len(idle):
        notes.append(f"Idle, the board draws {count(idle.median())} mW, which is in it.")
    reasons = done["energy_reason"].dropna().unique()
    return notes + [f"Energy was not measured: {reason}." for reason in reasons]
