"""Lies and damages of all kinds, drawn by seed, and how each was met."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from tests.lies.board_lies import LIES, tell
from tests.lies.file_lies import FILE_LIES, HARMLESS
from tests.lies.label_lies import LABEL_LIES
from tests.lies.other_lies import OTHER_LIES
from tests.lies.study import PASSED, Models, Random

DRAWS = 20  # of a case, until one is not harmless
Met = Callable[[Models, Random, Path], str]
KINDS: Mapping[str, Met] = {
    **{kind: partial(tell, kind) for kind in LIES},
    **OTHER_LIES,
    **FILE_LIES,
    **LABEL_LIES,
}


@dataclass(frozen=True)
class Case:
    """A lie: case number `number` of its kind is the same on every machine."""

    kind: str
    number: int
    met: str


def plant(models: Models, kind: str, number: int, folder: Path) -> Case:
    """Plant one lie; damages that alter no figure are drawn again."""
    met = HARMLESS
    for draw in range(DRAWS):
        rng = np.random.default_rng((zlib.crc32(kind.encode()), number, draw))
        met = KINDS[kind](models, rng, folder)
        if met != HARMLESS:
            break
    return Case(kind, number, met)


def plant_all(models: Models, cases: int, folder: Path) -> Iterator[Case]:
    """Plant so many lies, of each kind as many as of any other one, or one less."""
    kinds = list(KINDS)
    for place in range(cases):
        yield plant(models, kinds[place % len(kinds)], place // len(kinds), folder)


def by_kind(cases: list[Case]) -> dict[str, Counter[str]]:
    """Return how often each kind was met in which way."""
    found: dict[str, Counter[str]] = {}
    for case in cases:
        found.setdefault(case.kind, Counter())[case.met] += 1
    return found


def passed(cases: list[Case]) -> list[Case]:
    """Return the lies that passed."""
    return [case for case in cases if case.met == PASSED]
