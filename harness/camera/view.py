"""Display of `harness listen --camera`: a live table with the frame on a terminal, or lines."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from harness.camera.answer import Answer
from harness.camera.image import CameraModel
from harness.camera.picture import as_pixels, preview
from harness.camera.watched import Capture, Units, Watched

FRAME_COLUMNS = 48
INPUT_COLUMNS = 24
ROWS = 8  # of the newest frames


class View:
    """Shows frames as they come; `score` says what the answers' scores are."""

    def __init__(self, console: Console, model: CameraModel, score: str) -> None:
        self._console = console
        self._model = model
        self._score = score
        self._newest: deque[tuple[Capture, Answer]] = deque(maxlen=ROWS)
        self._units = Units("", "")
        self._source = ""
        self._live: Live | None = None

    @contextmanager
    def live(self) -> Iterator[None]:
        """Around the session."""
        if not self._console.is_terminal:
            yield
            return
        with Live(console=self._console, auto_refresh=False) as self._live:
            yield
        self._live = None

    def open(self, watched: Watched) -> None:
        """The camera answered."""
        self._units, self._source = watched.units, watched.source
        model = self._model
        image, values = model.image, model.values
        self._console.print(
            f"source = {watched.source}, frames {model.frame_width}x{model.frame_height}; "
            f"input {image.width}x{image.height}x{image.channels}, "
            f"black {values.low:g}, white {values.high:g}",
            markup=False,
        )

    def show(self, capture: Capture, answer: Answer) -> None:
        """One frame."""
        self._newest.append((capture, answer))
        if self._live is not None:
            self._live.update(self.render(), refresh=True)
        else:
            self._console.print(line(capture, answer, self._units, self._score), markup=False)

    def render(self) -> RenderableType:
        """The pictures of the newest frame over the table of the last few."""
        capture, _ = self._newest[-1]
        image = self._model.image
        colours = self._console.color_system in ("256", "truecolor")
        seen = as_pixels(capture.input, image.scale, image.zero_point, self._model.values)
        pictures = Table.grid(padding=(0, 1))
        pictures.add_row(
            Panel(
                preview(capture.frame, FRAME_COLUMNS, colours=colours),
                title=f"frame {capture.number}: {self._source}",
            ),
            Panel(preview(seen, INPUT_COLUMNS, colours=colours), title="what the model got"),
        )
        return Group(pictures, self._table())

    def _table(self) -> Table:
        compute = self._units.compute
        heads = ("frame", "class", self._score, f"grab, {self._units.grab}")
        table = Table(*heads, f"prepare, {compute}", f"invoke, {compute}", "check", box=None)
        for capture, answer in self._newest:
            times = (figure(time) for time in (capture.grab, capture.prepare, capture.invoke))
            table.add_row(
                str(capture.number),
                escape(class_text(answer)),
                f"{answer.score:.3f}",
                *times,
                check(capture),
            )
        return table


def figure(time: float) -> str:
    """Counts whole, other times with a tenth."""
    return f"{time:,.0f}" if time == int(time) else f"{time:,.1f}"


def class_text(answer: Answer) -> str:
    """The class with its name."""
    return f"{answer.index} {answer.name}".strip()


def check(capture: Capture) -> str:
    """Result of the comparison with the host's own computation."""
    if not capture.input_same:
        return "INPUT DIFFERS"
    if capture.parity.max_lsb is not None:
        return "same" if capture.output_same else f"OUTPUT DIFFERS by {capture.parity.max_lsb} LSB"
    difference = f"{capture.parity.max_abs:.1g}"
    return f"within {difference}" if capture.output_same else f"OUTPUT DIFFERS by {difference}"


def line(capture: Capture, answer: Answer, units: Units, what: str) -> str:
    """One frame where there is no terminal."""
    return (
        f"{capture.number:5d}  class {class_text(answer)}  {what} {answer.score:.3f}  "
        f"grab {figure(capture.grab)} {units.grab}  "
        f"prepare {figure(capture.prepare)} {units.compute}  "
        f"invoke {figure(capture.invoke)} {units.compute}  {check(capture)}"
    )


def summary(watched: Watched) -> str:
    """The whole session in a line."""
    count = len(watched.captures)
    return (
        f"{count} frames of {watched.source}; as the host computes it: input "
        f"{watched.inputs_same} of {count}, output {watched.outputs_same} of {count} "
        f"(greatest difference {watched.greatest_difference}); run {watched.run_id}"
    )
