"""An overall, monotonic limit: what is left of it shrinks whoever spends it."""

from __future__ import annotations

import time


class Deadline:
    """`seconds` from now on."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self._end - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether nothing is left."""
        return self.left() == 0.0

    def sooner(self, seconds: float) -> Deadline:
        """A deadline `seconds` from now, but never after this one."""
        return Deadline(min(seconds, self.left()))
