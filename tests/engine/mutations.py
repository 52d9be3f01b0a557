"""Damaged files: what bad media, bad tools and bad intentions make of a `.tflite` file."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np

# Where flatbuffers keep offsets, lengths and indexes these do the most harm.
_WORDS = (0, 1, 2, 0x7FFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """`data` after one to four random changes: bytes, words, cuts, copies of a stretch."""
    damaged = bytearray(data)
    for _ in range(int(rng.integers(1, 5))):
        if len(damaged) < 8:
            break
        place = int(rng.integers(0, len(damaged) - 4))
        kind = rng.choice(["byte", "byte", "word", "word", "cut", "remove", "copy"])
        if kind == "byte":
            damaged[place] ^= int(rng.integers(1, 256))
        elif kind == "word":
            word = int(rng.choice(_WORDS)) if rng.random() < 0.6 else int(rng.integers(0, 1 << 32))
            damaged[place & ~3 : (place & ~3) + 4] = word.to_bytes(4, "little")
        elif kind == "cut":
            del damaged[place:]
        elif kind == "remove":
            del damaged[place : place + int(rng.integers(1, 64))]
        else:
            length = int(rng.integers(1, 64))
            source = int(rng.integers(0, len(damaged)))
            damaged[place : place + length] = damaged[source : source + length]
    return bytes(damaged)


@contextlib.contextmanager
def memory_limit(extra_bytes: int) -> Iterator[None]:
    """Let this process' address space grow by so much and no more; more raises MemoryError."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + extra_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether a MemoryError stands behind an error, however it was wrapped."""
    reason: BaseException | None = error
    while reason is not None:
        if isinstance(reason, MemoryError):
            return True
        reason = reason.__cause__ or reason.__context__
    return False
