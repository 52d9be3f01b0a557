"""Spans of a run by target, in the Trace Event Format that Perfetto and Chrome show.

Format: "Trace Event Format", Google, complete events (`ph` X) with times in microseconds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.durable import write_file

PLAN = "plan"  # the track of all that is done once, before any target


@dataclass(frozen=True)
class Span:
    """One step on a track (a target, or `plan`); times in seconds since the trace began."""

    name: str
    track: str
    start_s: float
    end_s: float
    about: str

    @property
    def seconds(self) -> float:
        """Duration."""
        return self.end_s - self.start_s


class Trace:
    """Takes the spans of a run, from any thread; a list's append needs no lock."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._spans: list[Span] = []

    @contextmanager
    def span(self, name: str, track: str, about: str = "") -> Iterator[None]:
        """Keep the time from here to the end of the block, also where it raises."""
        start = time.monotonic()
        try:
            yield
        finally:
            end = time.monotonic()
            self._spans.append(Span(name, track, start - self._began, end - self._began, about))

    @property
    def spans(self) -> tuple[Span, ...]:
        """The spans that have ended, in the order of their ends."""
        return tuple(self._spans)

    def write(self, path: Path) -> None:
        """Write the spans that have ended to a file for ui.perfetto.dev or chrome://tracing."""
        tracks = {name: at for at, name in enumerate(dict.fromkeys(s.track for s in self._spans))}
        names = [
            {"ph": "M", "name": "thread_name", "pid": 1, "tid": at, "args": {"name": name}}
            for name, at in tracks.items()
        ]
        spans = [
            {
                "ph": "X",
                "name": span.name,
                "pid": 1,
                "tid": tracks[span.track],
                "ts": round(span.start_s * 1e6),
                "dur": round(span.seconds * 1e6),
                "args": {"about": span.about} if span.about else {},
            }
            for span in self._spans
        ]
        write_file(path, json.dumps({"traceEvents": [*names, *spans]}, indent=0))


@contextmanager
def traced(path: Path | None) -> Iterator[Trace]:
    """Yield a trace that is written to `path`, where there is one, however the block ends."""
    trace = Trace()
    try:
        yield trace
    finally:
        if path is not None:
            trace.write(path)
