"""Reader of the plugin's counts: one set for each run of the timed region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import TargetError
from harness.project import set_up_command


@dataclass(frozen=True)
class Count:
    """Counts of one instruction."""

    executions: int
    taken: int  # executions after which the program continued at another address


Counts = Mapping[int, Count]  # by address


def read_counts(path: Path) -> list[Counts]:
    """Return all complete sets in a file of the plugin (count.c).

    Raises TargetError where the file is missing.
    """
    sets: list[Counts] = []
    current: dict[int, Count] = {}
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise TargetError(
            "the simulator's plugin counted nothing", where=path.name, hint=set_up_command()
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
    """Return `later` minus `earlier`: the counts of one layer."""
    return {
        address: Count(
            count.executions - (earlier[address].executions if address in earlier else 0),
            count.taken - (earlier[address].taken if address in earlier else 0),
        )
        for address, count in later.items()
    }


def total(sets: Iterable[Counts]) -> dict[int, Count]:
    """Return the sum of several sets."""
    found: dict[int, Count] = {}
    for counts in sets:
        for address, count in counts.items():
            before = found.get(address, Count(0, 0))
            found[address] = Count(before.executions + count.executions, before.taken + count.taken)
    return found
