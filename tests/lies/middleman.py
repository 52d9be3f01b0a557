"""A middleman on the line to real firmware, who alters its answers."""

from __future__ import annotations

from dataclasses import replace

import serial

from harness.link import messages
from harness.link.frame import Splitter, decode, encode
from harness.link.messages import Request
from tests.lies.board import Answer


class Middleman:
    """Stands where the serial line stands; `altered` gets request and answer's payload."""

    def __init__(self, line: serial.Serial, altered: Answer) -> None:
        self._line = line
        self._altered = altered
        self._asked: dict[int, tuple[Request, bytes]] = {}
        self._requests = Splitter()
        self._answers = Splitter()

    @property
    def in_waiting(self) -> int:
        """Bytes of the device that have come."""
        return self._line.in_waiting

    def write(self, data: bytes) -> int | None:
        """Pass on what the host sends, and remember the requests."""
        for piece in self._requests.feed(data):
            frame = decode(piece)
            if frame is not None:
                self._asked[frame.sequence] = (Request(frame.type), frame.payload)
        return self._line.write(data)

    def read(self, count: int) -> bytes:
        """Return the device's answers, altered."""
        passed = bytearray()
        for piece in self._answers.feed(self._line.read(count)):
            frame = decode(piece)
            if frame is not None and frame.sequence in self._asked:
                kind, asked = self._asked[frame.sequence]
                if frame.type == kind | messages.REPLY:
                    frame = replace(frame, payload=self._altered(kind, asked, frame.payload))
                passed += encode(frame)
        return bytes(passed)
