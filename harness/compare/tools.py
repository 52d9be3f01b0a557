"""Compilers and simulators of a cell: a count that changed together with one is no regression.

The same source gives other counts with another compiler: of GCC 12.2 and 14.2 the digits model's
differ by 3 % on a Cortex-M4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.boards.catalogue import load_catalogue
from harness.compare.baseline import CellFigures
from harness.compare.finding import Finding
from harness.measure.latency import is_deterministic


def tools_of(target: str, provenance: Mapping[str, Any]) -> dict[str, str]:
    """Return the versions of the target's compiler and simulator, as far as a run knows them."""
    spec = load_catalogue().get(target)
    names = spec.tools if spec is not None else ()
    return {name: str(provenance[name]) for name in names if name in provenance}


def tool_changes(before: CellFigures, now: CellFigures) -> str:
    """Return `gcc 12.2 to 14.2` for each tool that changed; "" where none did or none is known."""
    return changed(before.tools, now.tools)


def changed(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Return `gcc 12.2 to 14.2` for each tool in both with another version; else ""."""
    return ", ".join(
        f"{name} {old} to {now[name]}" for name, old in before.items() if now.get(name, old) != old
    )


def moved(findings: Iterable[Finding], before: CellFigures, now: CellFigures) -> Iterator[Finding]:
    """Yield the findings of counts and sizes, regressions as "moved" where a tool changed.

    Times of boards and figures that are no longer measured stay as they are.
    """
    changes = tool_changes(before, now) if is_deterministic(now.timing_kind or "") else ""
    for each in findings:
        measured = getattr(now, each.figure, 0) is not None
        if changes and measured and each.verdict == "regression":
            yield replace(each, verdict="moved", detail=f"{each.detail}; together with {changes}")
        else:
            yield each
