"""What the plugin counted, one set for each time the timed region ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import TargetError


@dataclass(frozen=True)
class Count:
    """Of one instruction: how often it ran, and how often the program went elsewhere from it."""

    executions: int
    taken: int


Counts = Mapping[int, Count]
"""By address."""


def read_counts(path: Path) -> list[Counts]:
    """All complete sets in a file of the plugin (count.c). Raises TargetError for none at all."""
    sets: list[Counts] = []
    current: dict[int, Count] = {}
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise TargetError(
            "the simulator's plugin counted nothing", where=path.name, hint="make setup"
        ) from error
    for line in lines:
        if line == "end":
            sets.append(current)
            current = {}
        else:
            address, executions, taken = line.split()
            current[int(address, 16)] = Count(int(executions), int(taken))
    return sets


def difference(later: Counts, earlier: Counts) -> dict[int, Count]:
    """What `later` has more: a model of one layer more less the one without it."""
    return {
        address: Count(
            count.executions - (earlier[address].executions if address in earlier else 0),
            count.taken - (earlier[address].taken if address in earlier else 0),
        )
        for address, count in later.items()
    }
