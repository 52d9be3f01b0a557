"""Overall, monotonic time limits, shared by all steps of a request."""

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


class Patience:
    """Ends after `silence_s` seconds without progress, at the latest after `limit_s`."""

    def __init__(self, silence_s: float, limit_s: float) -> None:
        self.limit = Deadline(limit_s)
        self._silence_s = silence_s
        self._silence = self.limit.sooner(silence_s)

    def renew(self) -> None:
        """Note progress: the silence starts again."""
        self._silence = self.limit.sooner(self._silence_s)

    def left(self) -> float:
        """Seconds left, never below 0."""
        return self._silence.left()

    @property
    def passed(self) -> bool:
        """True where no time is left."""
        return self._silence.passed
