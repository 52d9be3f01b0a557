"""A proxy in the serial line: it looks like the port and treats its bytes badly."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

import serial

from tests.faults.faults import Kind, Stream

POLL_S = 0.05


class FaultyLine:
    """Stands where the session expects a serial port; `restart` makes the port of a board reset."""

    def __init__(
        self,
        line: serial.Serial,
        kinds: Sequence[Kind],
        rng: random.Random,
        restart: Callable[[], serial.Serial],
    ) -> None:
        self._line = line
        self._restart = restart
        self._cut = False
        self._pending = b""
        self._to_board = Stream(list(kinds), rng, self._lost)
        self._to_host = Stream(list(kinds), rng, self._lost)

    @property
    def faults(self) -> int:
        """How many faults came."""
        return self._to_board.faults + self._to_host.faults

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._line.close()

    @property
    def in_waiting(self) -> int:
        self._carry()
        return len(self._pending)

    def read(self, count: int) -> bytes:
        """Return up to `count` bytes, after POLL_S at the latest, as the port does."""
        end = time.monotonic() + POLL_S
        while not self.in_waiting and time.monotonic() < end:
            time.sleep(0.001)
        data, self._pending = self._pending[:count], self._pending[count:]
        return data

    def write(self, data: bytes) -> int:
        self._check()
        self._to_board.put(data)
        self._carry()
        return len(data)

    def _carry(self) -> None:
        self._check()
        out = self._to_board.take()
        if out:
            self._line.write(out)
        if self._line.in_waiting:
            self._to_host.put(self._line.read(self._line.in_waiting))
        self._pending += self._to_host.take()

    def _check(self) -> None:
        if self._cut:
            raise serial.SerialException(5, "the cable was pulled")

    def _lost(self, how: str) -> None:
        if how == "cut":
            self._cut = True
        else:
            self._line.close()
            self._line = self._restart()
