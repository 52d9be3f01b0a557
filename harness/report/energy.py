"""Sentences on how energy figures were obtained."""

from __future__ import annotations

import pandas as pd

from harness.results.wording import count


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
