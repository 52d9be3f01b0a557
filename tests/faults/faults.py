"""What a serial line does to the bytes of one direction: each fault is drawn from a seed."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

BURST = 12  # bytes of noise, frame delimiters among them
BANNERS = (
    b"ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n",
    b"\r\nGuru Meditation Error: Core 0 panic'ed (LoadProhibited)\r\n\0\0",
    b"Model loaded.\n",
    b"\0\0\0",
)


def noise(rng: random.Random) -> bytes:
    """A burst with two frame delimiters or more."""
    burst = bytearray(rng.randrange(256) for _ in range(BURST))
    for place in rng.sample(range(BURST), rng.randrange(2, 5)):
        burst[place] = 0
    return bytes(burst)


Damage = Callable[[random.Random, bytes], bytes]
"""What becomes of the next byte and what follows it; `b""` drops it."""


@dataclass(frozen=True)
class Kind:
    """A fault that comes once in `every` bytes, at a random place of them."""

    name: str
    every: int
    damage: Damage | None = None
    hold_s: tuple[float, float] = (0.0, 0.0)  # the line stands still for so long
    swaps: bool = False  # what was on the way comes after what is sent next
    repeats: bool = False  # the last bytes come again
    connection: str = ""  # "cut": the port is gone; "reset": the board starts anew


def flip(rng: random.Random, data: bytes) -> bytes:
    return bytes([data[0] ^ 1 << rng.randrange(8)])


KINDS = {
    kind.name: kind
    for kind in (
        Kind("drop", 400, lambda _, __: b""),
        Kind("flip", 400, flip),
        Kind("duplicate", 400, repeats=True),
        Kind("delay", 3000, hold_s=(0.05, 1.5)),
        Kind("split", 7, hold_s=(0.0, 0.002)),
        Kind("reorder", 600, swaps=True),
        Kind("noise", 500, lambda rng, data: noise(rng) + data),
        Kind("banners", 1000, lambda rng, data: rng.choice(BANNERS) + data),
        Kind("cut", 8000, connection="cut"),
        Kind("freeze", 8000, hold_s=(1.0, 6.0)),
        Kind("reset", 6000, connection="reset"),
    )
}


class Stream:
    """Bytes on their way in one direction, subject to some kinds of faults.

    `lost` is called with "cut" or "reset" where a fault concerns the whole connection.
    """

    def __init__(self, kinds: list[Kind], rng: random.Random, lost: Callable[[str], None]) -> None:
        self._rng = rng
        self._lost = lost
        self._place = {kind.name: rng.randrange(1, kind.every + 1) for kind in kinds}
        self._left = dict(self._place)  # bytes to the next fault
        self._kinds = kinds
        self._ready: deque[tuple[float, bytes]] = deque()  # time of arrival, bytes
        self._behind: list[bytes] = []  # comes after what is sent next
        self._last = b""
        self._free = 0.0  # time until which the line stands still
        self.faults = 0

    def put(self, data: bytes) -> None:
        """Send bytes on their way."""
        behind, self._behind = self._behind, []
        chunk = bytearray()
        for index in range(len(data)):
            piece = data[index : index + 1]
            for kind in self._kinds:
                piece = self._through(kind, piece, chunk)
            chunk += piece
        self._deliver(bytes(chunk))
        for late in behind:
            self._deliver(late)

    def _through(self, kind: Kind, piece: bytes, chunk: bytearray) -> bytes:
        self._left[kind.name] -= 1
        if self._left[kind.name] > 0:
            return piece
        # The next one comes at a random place of the next `every` bytes.
        following = self._rng.randrange(1, kind.every + 1)
        self._left[kind.name] = kind.every - self._place[kind.name] + following
        self._place[kind.name] = following
        self.faults += 1
        if kind.connection:
            self._lost(kind.connection)
        if kind.hold_s[1]:
            self._deliver(bytes(chunk))
            chunk.clear()
            self._free = max(self._free, time.monotonic()) + self._rng.uniform(*kind.hold_s)
        if kind.swaps:
            self._behind.append(bytes(chunk))
            chunk.clear()
        if kind.repeats:
            sent = (self._last + bytes(chunk))[-self._rng.randrange(1, 200) :]
            return sent + piece
        return kind.damage(self._rng, piece) if kind.damage and piece else piece

    def _deliver(self, data: bytes) -> None:
        if data:
            self._last = (self._last + data)[-200:]
            self._ready.append((self._free, data))

    def take(self) -> bytes:
        """Return what has arrived by now."""
        out = bytearray()
        while self._ready and self._ready[0][0] <= time.monotonic():
            out += self._ready.popleft()[1]
        return bytes(out)
