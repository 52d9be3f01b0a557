"""An overall, monotonic time limit, shared by all steps of a request."""

from __future__ import annotations

import time


class Deadline:
    """A limit `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self._end - time.monotonic())

    @property
    def passed(self) -> bool:
        """True where no time is left."""
        return self.left() == 0.0

    def sooner(self, seconds: float) -> Deadline:
        """Return a deadline `seconds` from now, but never after this one."""
        return Deadline(min(seconds, self.left()))
