"""Consoles: what boards, files and tools say moves no cursor and sets no title."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.table import Table

from harness.cli.console import SafeConsole

NAME = "uno\x1b]0;title\x07 \x1b[2J [red]x[/red]"


def test_a_name_sends_no_control_sequence_and_colours_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")  # rich sends no colours to a dumb terminal
    monkeypatch.delenv("NO_COLOR", raising=False)
    output = StringIO()
    console = SafeConsole(
        file=output, force_terminal=True, markup=False, width=120, highlight=False
    )
    table = Table("name")
    table.add_row(NAME, style="red")
    console.print(table)
    console.print(NAME, style="red")
    text = output.getvalue()
    assert text.count("uno\\x1b]0;title") == 2
    assert "\x07" not in text
    assert "\x1b[2J" not in text
    assert "\x1b[31muno" in text
