"""Damage to files, by a seeded generator: cut off, one bit changed, emptied, exchanged, removed."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

Damage = Callable[[Path, Sequence[Path], random.Random], None]


def cut(path: Path, others: Sequence[Path], chance: random.Random) -> None:
    """Cut the file off at any place."""
    del others
    content = path.read_bytes()
    path.write_bytes(content[: chance.randrange(len(content))] if content else b"")


def flip(path: Path, others: Sequence[Path], chance: random.Random) -> None:
    """Change one bit; an empty file gets a byte."""
    del others
    content = bytearray(path.read_bytes() or b"\0")
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def empty(path: Path, others: Sequence[Path], chance: random.Random) -> None:
    """Leave nothing of the content."""
    del others, chance
    path.write_bytes(b"")


def swap(path: Path, others: Sequence[Path], chance: random.Random) -> None:
    """Put another file's content in its place, whole and well-formed; a bit where there is none."""
    content = path.read_bytes()
    different = [other for other in others if other.read_bytes() != content]
    if different:
        shutil.copy(chance.choice(different), path)
    else:
        flip(path, others, chance)


def remove(path: Path, others: Sequence[Path], chance: random.Random) -> None:
    """Remove the file."""
    del others, chance
    path.unlink()


DAMAGES: dict[str, Damage] = {
    "cut": cut,
    "flip": flip,
    "empty": empty,
    "swap": swap,
    "remove": remove,
}
