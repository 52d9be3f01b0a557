"""The command line's consoles: text of boards, files and tools sends them no control sequences."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from harness.results.visible import visible


class SafeConsole(Console):
    """A console that writes control characters out; colours and cursor are its own alone."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield the segments of a renderable, their texts without control characters."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            yield segment if control else Segment(visible(text), style)


def plain_console(*, stderr: bool = False) -> Console:
    """A console that prints text as it is: names and paths may hold brackets."""
    return SafeConsole(stderr=stderr, highlight=False, markup=False, soft_wrap=True)
