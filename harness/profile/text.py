"""Terminal output of `harness profile`."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from harness.profile.profile import Part, Profile

SHOWN = 12  # functions in the table; the others are one row


def render(found: Profile) -> Iterator[RenderableType]:
    """Return tables of layers, functions and classes, and the source of the figures."""
    yield _layers(found)
    yield _parts(found, "function", found.functions)
    yield _parts(found, "class of instruction", found.classes)
    yield Text(
        f"Instructions: counted by address in the simulator, {found.instructions:,} in the call of "
        f"the model; the port's timer says {found.timed:,} {found.timed_in}.\n"
        f"Cycles: ESTIMATED from the counts by the table {found.table}, {found.cycles:,} in all"
        f"{_error(found)}. {found.source}"
    )


def _error(found: Profile) -> str:
    """Return the estimate's error in words, where the simulator counts cycles itself."""
    if found.timed_in != "cycles":
        return ""
    return f", {found.cycles / found.timed - 1:+.2%} off the {found.timed:,} the timer says"


def _layers(found: Profile) -> Table:
    table = Table(title=f"{found.model} on {found.target} ({found.core})", title_justify="left")
    for name in ("layer", "operator", "kernel"):
        table.add_column(name)
    for name in ("MACs", "non-zero", "instructions", "a MAC", "cycles, estimated", "%"):
        table.add_column(name, justify="right")
    for each in found.layers:
        table.add_row(
            str(each.index),
            each.kind,
            each.kernel.replace("engine_", ""),
            f"{each.macs:,}" if each.macs else "",
            f"{each.nonzero_macs:,}" if each.macs else "",
            f"{each.instructions:,}",
            f"{each.instructions / each.macs:.2f}" if each.macs else "",
            f"{each.cycles:,}",
            _share(each.cycles, found.cycles),
        )
    return table


def _parts(found: Profile, title: str, parts: tuple[Part, ...]) -> Table:
    table = Table(title)
    for name in ("instructions", "cycles, estimated", "%"):
        table.add_column(name, justify="right")
    others = parts[SHOWN:]
    if len(others) > 1:
        rest = Part(
            f"{len(others)} others",
            sum(each.instructions for each in others),
            sum(each.cycles for each in others),
        )
        parts = (*parts[:SHOWN], rest)
    for each in parts:
        table.add_row(
            each.name,
            f"{each.instructions:,}",
            f"{each.cycles:,}",
            _share(each.cycles, found.cycles),
        )
    return table


def _share(cycles: int, total: int) -> str:
    return f"{100 * cycles / total:.1f}" if total else ""
