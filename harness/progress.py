"""What the terminal shows while cells are built and measured."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table

from harness.execution import Event
from harness.store import CellKey

COLOURS = {"ok": "green", "failed": "red", "refused": "yellow"}
FINAL = frozenset(COLOURS)


class CellTable:
    """A live table of cells on a terminal, plain lines elsewhere; takes events from any thread."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._cells: dict[CellKey, Event] = {}
        self._since = time.monotonic()
        self._lock = threading.Lock()

    @contextmanager
    def live(self) -> Iterator[None]:
        """Show the table while the block runs."""
        if not self._console.is_terminal:
            yield
            return
        with Live(
            console=self._console,
            get_renderable=self._render,
            refresh_per_second=8,
            transient=False,
        ):
            yield

    def tell(self, event: Event) -> None:
        """Take one event."""
        with self._lock:
            before = self._cells.get(event.key)
            self._cells[event.key] = event
        if not self._console.is_terminal and (before is None or before.stage != event.stage):
            self._console.print(_line(event), highlight=False, soft_wrap=True)

    def _render(self) -> Table:
        with self._lock:
            cells = list(self._cells.items())
        done = sum(event.stage in FINAL for _, event in cells)
        seconds = time.monotonic() - self._since
        table = Table(
            "variant", "dtype", "target", "stage", "progress", "note", box=None, pad_edge=False
        )
        table.caption = f"{done} of {len(cells)} cells done, {seconds:.0f} s{_eta(cells, seconds)}"
        table.caption_justify = "left"
        for key, event in cells:
            stage = f"[{COLOURS.get(event.stage, 'cyan')}]{event.stage}[/]"
            bar = ProgressBar(total=event.total or 1, completed=event.done, width=20)
            table.add_row(key.variant, key.dtype, key.target, stage, bar, event.note)
        return table


def _eta(cells: list[tuple[CellKey, Event]], seconds: float) -> str:
    """Time left, guessed from the samples measured so far; empty while there is nothing to go by."""
    total = max((event.total for _, event in cells), default=0)
    done = sum(total if event.stage in FINAL else event.done for _, event in cells)
    left = total * len(cells) - done
    return f", about {seconds * left / done:.0f} s left" if done and left else ""


def _line(event: Event) -> str:
    key = event.key
    text = f"{key.variant} {key.dtype} {key.target}: {event.stage}"
    if event.stage in FINAL and event.total:
        text += f" ({event.done} of {event.total} samples)"
    return f"{text}: {event.note}" if event.note else text
