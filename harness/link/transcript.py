"""Bytes of a line, both ways with their times, as a text file of bounded size."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from harness.errors import InputError

HEAD_LINES = 3
KEPT_BYTES = 1 << 17  # of the line; older ones are dropped
FIRST = "harness line transcript 1"
SENT, RECEIVED = ">", "<"


@dataclass(frozen=True)
class Piece:
    """Bytes that were written (SENT) or read (RECEIVED), `seconds` after the session began."""

    seconds: float
    direction: str
    data: bytes


class Transcript:
    """The newest bytes of one session."""

    def __init__(self, name: str, limit: int = KEPT_BYTES) -> None:
        self._name = name
        self._limit = limit
        self._pieces: deque[Piece] = deque()
        self._kept = 0
        self._dropped = 0
        self._start = time.monotonic()

    def sent(self, data: bytes) -> None:
        """Add bytes written to the device."""
        self._add(SENT, data)

    def received(self, data: bytes) -> None:
        """Add bytes read from the device."""
        self._add(RECEIVED, data)

    def text(self) -> str:
        """Return the file: a title, bytes dropped, then a line per piece: seconds, way, hex."""
        lines = [FIRST, f"device {self._name}", f"dropped {self._dropped}"]
        lines += [f"{p.seconds:.6f} {p.direction} {p.data.hex()}" for p in self._pieces]
        return "\n".join(lines) + "\n"

    def _add(self, direction: str, data: bytes) -> None:
        self._pieces.append(Piece(time.monotonic() - self._start, direction, data))
        self._kept += len(data)
        while self._kept > self._limit and len(self._pieces) > 1:
            oldest = len(self._pieces.popleft().data)
            self._kept -= oldest
            self._dropped += oldest


def read_transcript(path: Path) -> list[Piece]:
    """Return the pieces of a transcript's file. Raises InputError where it is none."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the transcript cannot be read: {error}", where=str(path)) from error
    if lines[:1] != [FIRST]:
        raise InputError(
            "not a transcript of a line",
            where=str(path),
            hint="a failed cell's reason names its file; --transcripts keeps all",
        )
    pieces = []
    for number, line in enumerate(lines[HEAD_LINES:], start=HEAD_LINES + 1):
        try:
            seconds, direction, data = line.split(" ")
            piece = Piece(float(seconds), direction, bytes.fromhex(data))
        except ValueError as error:
            raise InputError(f"line {number} is damaged: {line[:80]}", where=str(path)) from error
        if direction not in (SENT, RECEIVED):
            raise InputError(f"line {number} is damaged: {line[:80]}", where=str(path))
        pieces.append(piece)
    return pieces
