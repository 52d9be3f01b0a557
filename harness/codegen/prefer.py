"""The preference between dense and sparse storage: time, flash, or both in balance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from harness.errors import InputError
from harness.nearest import nearest

Prefer = Literal["balanced", "time", "flash"]
PREFERENCES: tuple[Prefer, ...] = get_args(Prefer)
BALANCED: Prefer = "balanced"

# Ratio below which times count as equal: the fits of cost_table.toml err by up to 12 %.
EQUAL = 1.1
# Balanced: ratios of the sparse to the dense layer. At most this flash where the time is at most
# that, and at most this time where the flash is at most that.
_FLASH_FOR_TIME = 1.05
_LITTLE_TIME = 0.8
_TIME_FOR_FLASH = 4 / 3
_LITTLE_FLASH = 3 / 4


@dataclass(frozen=True)
class Offer:
    """Modelled time of a layer in one kind of storage, and its flash bytes."""

    time: float
    flash: int


def preference(name: str) -> Prefer:
    """Return the preference of that name. Raises InputError."""
    for known in PREFERENCES:
        if name == known:
            return known
    raise InputError(
        f"there is no preference '{name}'{nearest(name, PREFERENCES)}",
        hint=f"one of {', '.join(PREFERENCES)}",
    )


def takes_sparse(sparse: Offer, dense: Offer, prefer: Prefer) -> bool:
    """Return True where a layer with zero weights is stored sparse.

    `time`: where it is faster by more than the model's error, so that it is never slower than
    dense. `flash`: where it is smaller. `balanced`: times that differ by less than the error count
    as equal, then the smaller one is taken; a sparse layer may be a little larger where it is much
    faster, and somewhat slower where it is much smaller.
    """
    if prefer == "time":
        return sparse.time * EQUAL <= dense.time
    if prefer == "flash":
        return (sparse.flash, sparse.time) < (dense.flash, dense.time)
    equal = max(sparse.time, dense.time) <= EQUAL * min(sparse.time, dense.time)

    def within(time: float, flash: float) -> bool:
        return sparse.time <= time * dense.time and sparse.flash <= flash * dense.flash

    return (
        (sparse.flash < dense.flash and (equal or sparse.time < dense.time))
        or within(_LITTLE_TIME, _FLASH_FOR_TIME)
        or within(_TIME_FOR_FLASH, _LITTLE_FLASH)
    )


def takes_blocks(blocks: Offer, best: Offer, prefer: Prefer, *, best_is_dense: bool) -> bool:
    """Return True where a layer with weights in blocks of four replaces the best so far."""
    if prefer == "time":
        return blocks.time * (EQUAL if best_is_dense else 1.0) < best.time
    if prefer == "flash":
        return (blocks.flash, blocks.time) < (best.flash, best.time)
    return blocks.time < best.time and blocks.flash < best.flash


def traded(chosen: Offer, other: Offer, prefer: Prefer, unit: str) -> str:
    """Return what the preference gave up, behind a semicolon; empty where nothing."""
    if prefer == "time" and chosen.flash > other.flash:
        return f"; time first: {chosen.flash - other.flash:,} B more"
    if prefer == "flash" and chosen.time > other.time:
        return f"; flash first: {chosen.time - other.time:,.0f} {unit} more"
    return ""
