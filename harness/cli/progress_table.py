"""The live table: every cell with its stage, how many are at which, and the time that is left."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from harness.results.engines import with_engine
from harness.run import Event
from harness.store import CellKey
from harness.variants.progress import Progress

COLOURS = {"ok": "green", "failed": "red", "refused": "yellow", "waiting": "dim"}
FINAL = frozenset({"ok", "failed", "refused"})
FRAME = 4  # lines of a table that are no cells: head, the line below, the prompt
URGENCY = {"failed": 1, "waiting": 2, "refused": 3, "ok": 4}  # active ones come first


class CellTable:
    """Takes events from any thread; `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._cells: dict[CellKey, Event] = {}
        self._begun: dict[str, float] = {}
        self._training: dict[tuple[str, int | None], Progress] = {}
        self._lock = threading.Lock()

    def train(self, progress: Progress) -> None:
        """Take one step of the training."""
        key = (progress.variant, progress.seed)
        with self._lock:
            self._training.pop(key, None)
            if progress.stage != "done":
                self._training[key] = progress

    def tell(self, event: Event) -> None:
        """Take one event of a cell."""
        with self._lock:
            self._cells[event.key] = event
            if event.stage != "waiting":
                self._begun.setdefault(event.key.target, self._clock())

    def left(self) -> float | None:
        """Seconds until the slowest target is done, by the samples each has behind it.

        Targets work side by side, the cells of one after another. None before the first sample.
        """
        with self._lock:
            cells, begun = list(self._cells.values()), dict(self._begun)
        now, found = self._clock(), []
        for target in {event.key.target for event in cells}:
            mine = [event for event in cells if event.key.target == target]
            each = max((event.total for event in mine), default=0)
            done = sum(each if event.stage in FINAL else event.done for event in mine)
            wanted = each * len(mine) - done
            if wanted and not done:
                return None
            if wanted:
                found.append((now - begun.get(target, now)) * wanted / done)
        return max(found) if found else None

    def render(self, height: int) -> RenderableType:
        """The table, with no more cells than `height` lines can show; active cells come first."""
        with self._lock:
            cells, training = list(self._cells.values()), list(self._training.values())
        if not cells:
            waiting = "\n".join(map(training_text, training)) or "preparing variants"
            return Text(waiting)
        room = max(3, height - FRAME)
        shown = cells
        if len(cells) > room:
            shown = sorted(cells, key=lambda event: URGENCY.get(event.stage, 0))[:room]
        heads = ("variant", "dtype", "target", "stage", "progress", "note")
        table = Table(*heads, box=None, pad_edge=False)
        for event in shown:
            colour = COLOURS.get(event.stage, "cyan")
            bar = ProgressBar(total=event.total or 1, completed=event.done, width=20)
            dtype = with_engine(event.key.dtype, event.key.engine)
            table.add_row(
                *map(escape, (event.key.variant, dtype, event.key.target)),
                f"[{colour}]{event.stage}[/]",
                bar,
                escape(event.note),
            )
        return Group(table, Text(self._caption(cells, len(shown))))

    def _caption(self, cells: list[Event], shown: int) -> str:
        stages = Counter(event.stage for event in cells)
        counts = ", ".join(f"{number} {stage}" for stage, number in stages.items())
        text = f"{len(cells)} cells: {counts}; {duration(self._clock() - self._started)}"
        left = self.left()
        text += f", about {duration(left)} left" if left is not None else ""
        return text + (f"; {len(cells) - shown} not shown" if shown < len(cells) else "")


def duration(seconds: float) -> str:
    """12 s, 3 min 05 s or 2 h 07 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def training_text(progress: Progress) -> str:
    """A variant's training in a line."""
    seed = "" if progress.seed is None else f", seed {progress.seed}"
    text = f"{progress.variant}{seed}: {progress.stage}"
    if progress.epoch:
        text += f", epoch {progress.epoch} of at most {progress.epochs}"
    if progress.score:
        text += f", {progress.score}"
    return text
