"""What the terminal shows while cells are built and measured."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table

from harness.execution import Event
from harness.store import CellKey
from harness.variants.progress import Progress

COLOURS = {"ok": "green", "failed": "red", "refused": "yellow"}
FINAL = frozenset(COLOURS)


class CellTable:
    """A live table of cells on a terminal, plain lines elsewhere; takes events from any thread."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._cells: dict[CellKey, Event] = {}
        self._since = time.monotonic()
        self._training: dict[tuple[str, int | None], Progress] = {}
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

    def train(self, progress: Progress) -> None:
        """Take one step of the training; several variants may be trained at once."""
        key = (progress.variant, progress.seed)
        before = self._training.get(key)
        others = {name: kept for name, kept in self._training.items() if name != key}
        self._training = others if progress.stage == "done" else others | {key: progress}
        changed = before is None or before.stage != progress.stage
        if not self._console.is_terminal and changed:
            self._console.print(_training(progress), highlight=False, soft_wrap=True)

    def tell(self, event: Event) -> None:
        """Take one event."""
        with self._lock:
            before = self._cells.get(event.key)
            self._cells[event.key] = event
        if not self._console.is_terminal and (before is None or before.stage != event.stage):
            self._console.print(_line(event), highlight=False, soft_wrap=True, markup=False)

    def _render(self) -> Table:
        with self._lock:
            cells = list(self._cells.items())
        if not cells:
            lines = [_training(progress) for progress in self._training.values()]
            waiting = "\n".join(lines) or "preparing variants"
            return Table(waiting, box=None, pad_edge=False)
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
            table.add_row(key.variant, key.dtype, key.target, stage, bar, escape(event.note))
        return table


def _eta(cells: list[tuple[CellKey, Event]], seconds: float) -> str:
    """Time left, guessed from the samples measured so far; empty while nothing is."""
    total = max((event.total for _, event in cells), default=0)
    done = sum(total if event.stage in FINAL else event.done for _, event in cells)
    left = total * len(cells) - done
    return f", about {seconds * left / done:.0f} s left" if done and left else ""


def _training(progress: Progress) -> str:
    seed = "" if progress.seed is None else f", seed {progress.seed}"
    text = f"{progress.variant}{seed}: {progress.stage}"
    if progress.epoch:
        text += f", epoch {progress.epoch} of at most {progress.epochs}"
    if progress.score:
        text += f", {progress.score}"
    return text


def _line(event: Event) -> str:
    key = event.key
    text = f"{key.variant} {key.dtype} {key.target}: {event.stage}"
    if event.stage in FINAL and event.total:
        text += f" ({event.done} of {event.total} samples)"
    return f"{text}: {event.note}" if event.note else text
