"""Sizes of frames and waits of a session, adapted to its line and its device.

docs/protocol.md, "On a bad line", describes the rules.
"""

from __future__ import annotations

from collections.abc import Hashable

LEAST_PAYLOAD = 32  # bytes; smaller frames carry little beside their head
GROW_AFTER = 8  # requests in a row that were answered at the first try
SETTLE_S = 0.04  # silence after which a damaged answer is not expected any more
SETTLE_SHARE = 1.5  # of the usual time of a request
LEAST_PATIENCE = 0.25  # of the time of a first try
PATIENT_SHARE = 4.0  # of the longest time of a request, after which its answer is lost


class FrameSize:
    """Bytes of payload of the next frames; adapts to the noise of the line."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._clean = 0
        self.payload = most

    @property
    def limit(self) -> int | None:
        """Bytes to which replies are limited, None where they may be as long as they get."""
        return None if self.payload == self._most else self.payload

    def failed(self) -> None:
        """Halve the size after a try without an answer."""
        self._clean = 0
        self.payload = max(min(LEAST_PAYLOAD, self._most), self.payload // 2)

    def answered(self, tries: int) -> None:
        """Double the size after some requests that were answered at the first try."""
        self._clean = self._clean + 1 if tries == 1 else 0
        if self._clean == GROW_AFTER:
            self._clean = 0
            self.payload = min(self._most, 2 * self.payload)


class Durations:
    """Seconds that each kind of request took, sent once and answered."""

    def __init__(self) -> None:
        self._longest: dict[Hashable, float] = {}

    def note(self, kind: Hashable, seconds: float) -> None:
        """Keep the time of a request that was answered at the first try."""
        self._longest[kind] = max(seconds, self._longest.get(kind, 0.0))

    def settle_s(self, kind: Hashable) -> float:
        """Return the silence after a broken frame that shows the answer to be lost."""
        return SETTLE_S + SETTLE_SHARE * self._longest.get(kind, 0.0)

    def patience_s(self, kind: Hashable, unknown_s: float, least_s: float) -> float:
        """Return the wait for an answer, `unknown_s` before the first one, after which it is
        lost."""
        longest = self._longest.get(kind)
        return unknown_s if longest is None else max(least_s, PATIENT_SHARE * longest)
