"""`harness replay`: what went over a serial line, read from a transcript."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.console import plain_console


def replay(
    file: Annotated[Path, typer.Argument(help="A transcript, *.line; a failed cell names its.")],
) -> None:
    """Feed a transcript of a line through the parser and print what was understood."""
    from harness.link.replay import summarise, understand
    from harness.link.transcript import read_transcript

    console = plain_console()
    items = list(understand(read_transcript(file)))
    for item in items:
        console.print(f"{item.seconds:10.4f} {item.direction} {item.text}")
    found = summarise(items)
    console.print(
        f"{found.requests} requests, {found.repeated} repeated, {found.answered} answered, "
        f"{found.errors} errors, {found.broken} broken pieces"
    )
