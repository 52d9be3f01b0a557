"""Progress of a run: a live table, lines, JSON events, or nothing."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console

from harness.cli.progress_table import FINAL, CellTable, training_text
from harness.errors import InputError
from harness.results.engines import model_name
from harness.run import Event
from harness.store import CellKey
from harness.variants.progress import Progress

PERIOD_S = 1.0


@dataclass(frozen=True)
class Outcome:
    """Outcome of the work: the page, `lines` for people and `facts` for programs."""

    report: Path
    lines: Sequence[str] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


class Reporter(Protocol):
    """Takes what happens, from any thread."""

    def live(self) -> AbstractContextManager[None]:
        """Around the work."""
        ...

    def train(self, progress: Progress) -> None:
        """A step of the training; several variants may be trained at once."""
        ...

    def tell(self, event: Event) -> None:
        """A step of a cell."""
        ...

    def end(self, outcome: Outcome) -> None:
        """The report is written."""
        ...


def open_progress(console: Console, *, json_events: bool, quiet: bool) -> Reporter:
    """The reporter for these options: by default a table on a terminal and lines elsewhere.

    Raises InputError where the options exclude each other.
    """
    if json_events and quiet:
        raise InputError("--json and --quiet exclude each other", hint="leave out one of them")
    if quiet:
        return Silent()
    if json_events:
        return JsonEvents(console)
    return LiveTable(console) if console.is_terminal else PlainLines(console)


class Silent:
    """Prints nothing: the exit code, the store and the report are the answer."""

    @contextmanager
    def live(self) -> Iterator[None]:
        """Nothing around the work."""
        yield

    def train(self, progress: Progress) -> None:
        """Print nothing."""

    def tell(self, event: Event) -> None:
        """Print nothing."""

    def end(self, outcome: Outcome) -> None:
        """Print nothing."""


class PlainLines(Silent):
    """A line whenever the stage of a variant or a cell changes: for logs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stages: dict[object, str] = {}
        self._lock = threading.Lock()

    def train(self, progress: Progress) -> None:
        """A line a stage."""
        self._line((progress.variant, progress.seed), progress.stage, training_text(progress))

    def tell(self, event: Event) -> None:
        """A line a stage."""
        self._line(event.key, event.stage, cell_text(event))

    def end(self, outcome: Outcome) -> None:
        """Print the outcome and the report's path."""
        _print(self._console, outcome)

    def _line(self, key: object, stage: str, text: str) -> None:
        with self._lock:
            if self._stages.get(key) == stage:
                return
            self._stages[key] = stage
            self._console.print(text, highlight=False, soft_wrap=True, markup=False)


class LiveTable(Silent):
    """A table of the cells that is drawn anew while they go on."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._table = CellTable()

    @contextmanager
    def live(self) -> Iterator[None]:
        """Show the table while the block runs."""
        from rich.live import Live

        with Live(
            console=self._console,
            get_renderable=lambda: self._table.render(self._console.height),
            refresh_per_second=4,
            transient=False,
        ):
            yield

    def train(self, progress: Progress) -> None:
        """Into the table."""
        self._table.train(progress)

    def tell(self, event: Event) -> None:
        """Into the table."""
        self._table.tell(event)

    def end(self, outcome: Outcome) -> None:
        """Print the outcome and the report's path below the table."""
        _print(self._console, outcome)


class JsonEvents(Silent):
    """One JSON object a line, as docs/progress.md has them, for programs that watch."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._last: dict[CellKey, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def train(self, progress: Progress) -> None:
        """`training`, each step."""
        self._write("training", asdict(progress))

    def tell(self, event: Event) -> None:
        """`cell`, at every new stage and once in PERIOD_S within one."""
        with self._lock:
            stage, at = self._last.get(event.key, ("", 0.0))
            if event.stage == stage and self._clock() - at < PERIOD_S:
                return
            self._last[event.key] = (event.stage, self._clock())
        state = {
            "stage": event.stage,
            "done": event.done,
            "total": event.total,
            "note": event.note,
        }
        self._write("cell", asdict(event.key) | state)

    def end(self, outcome: Outcome) -> None:
        """`end`."""
        self._write("end", {"report": str(outcome.report), **outcome.facts})

    def _write(self, kind: str, facts: dict[str, Any]) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self._lock:
            self._console.out(json.dumps({"event": kind, "time": now} | facts), highlight=False)


def cell_text(event: Event) -> str:
    """A cell's stage in a line; final ones with their samples, failures with the reason."""
    text = f"{cell_name(event.key)}: {event.stage}"
    if event.stage in FINAL and event.total:
        text += f" ({event.done} of {event.total} samples)"
    return f"{text}: {event.note}" if event.note else text


def cell_name(key: CellKey) -> str:
    """Variant, dtype and target, and the engine where it is not the usual one."""
    return f"{model_name(key)} {key.target}"


def _print(console: Console, outcome: Outcome) -> None:
    for line in [*outcome.lines, f"report: {outcome.report}"]:
        console.print(line, highlight=False, soft_wrap=True, markup=False)
