import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from harness.cli.progress import (
    JsonEvents,
    LiveTable,
    Outcome,
    PlainLines,
    Silent,
    cell_text,
    open_progress,
)
from harness.cli.progress_table import CellTable, duration
from harness.errors import InputError
from harness.run import Event
from harness.store import CellKey
from harness.variants.progress import Progress
from tests.cli.test_cli import refused

ONE = CellKey("original", "int8", "codegen", "qemu-m4")
TWO = CellKey("neuron[50]", "int8", "codegen", "qemu-m4")
OTHER = CellKey("original", "int8", "codegen", "uno")


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def paper(**options: Any) -> Console:
    return Console(file=StringIO(), width=120, color_system=None, **options)


def written(console: Console) -> str:
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def drawn(table: CellTable, height: int = 40) -> str:
    console = paper()
    console.print(table.render(height))
    return written(console)


def test_the_options_choose_how_it_is_told() -> None:
    terminal, pipe = paper(force_terminal=True), paper()
    plain: dict[str, bool] = {"json_events": False, "quiet": False}
    assert isinstance(open_progress(terminal, **plain), LiveTable)
    assert isinstance(open_progress(pipe, **plain), PlainLines)
    assert isinstance(open_progress(terminal, json_events=True, quiet=False), JsonEvents)
    assert type(open_progress(terminal, json_events=False, quiet=True)) is Silent
    with pytest.raises(InputError, match="exclude each other"):
        open_progress(pipe, json_events=True, quiet=True)


def test_the_command_refuses_both() -> None:
    said = refused("run", "plans/digits.toml", "--json", "-q")
    assert "--json and --quiet exclude each other" in said


def test_lines_are_written_when_a_stage_changes() -> None:
    console = paper()
    lines = PlainLines(console)
    for event in (
        Event(TWO, "measure", 0, 360),
        Event(TWO, "measure", 64, 360),
        Event(TWO, "failed", 64, 360, "no answer within [5 s]"),
    ):
        lines.tell(event)
    lines.train(Progress("neuron", "train", 1, 20, "accuracy 0.91", seed=3))
    lines.train(Progress("neuron", "train", 2, 20, "accuracy 0.92", seed=3))
    lines.end(Outcome(Path("r/index.html"), ["cells without figures: 1"]))
    assert written(console).splitlines() == [
        "neuron[50] int8 qemu-m4: measure",
        "neuron[50] int8 qemu-m4: failed (64 of 360 samples): no answer within [5 s]",
        "neuron, seed 3: train, epoch 1 of at most 20, accuracy 0.91",
        "cells without figures: 1",
        "report: r/index.html",
    ]
    assert cell_text(Event(ONE, "build")) == "original int8 qemu-m4: build"


def test_events_are_an_object_a_line() -> None:
    console, clock = paper(), Clock()
    events = JsonEvents(console, clock)
    events.train(Progress("neuron", "train", 1, 20))
    clock.now = 10
    for done in (1, 2, 3):
        events.tell(Event(ONE, "measure", done, 360))
        clock.now += 0.6
    events.tell(Event(ONE, "refused", 3, 360, "x" * 300))
    events.end(Outcome(Path("r/index.html"), ["for people"], {"run": 4, "failed": 0}))
    told = [json.loads(line) for line in written(console).splitlines()]
    assert all(list(one)[:2] == ["event", "time"] for one in told)
    assert [one["event"] for one in told] == ["training", "cell", "cell", "cell", "end"]
    assert [one["done"] for one in told[1:4]] == [1, 3, 3]  # once a second within a stage
    without = {name: value for name, value in told[1].items() if name != "time"}
    assert without == {
        "event": "cell", "variant": "original", "dtype": "int8", "engine": "codegen",
        "target": "qemu-m4", "stage": "measure", "done": 1, "total": 360, "note": "",
    }  # fmt: skip
    assert (told[3]["stage"], told[3]["note"]) == ("refused", "x" * 300)
    assert (told[4]["run"], told[4]["failed"], told[4]["report"]) == (4, 0, "r/index.html")


def test_the_table_counts_stages_and_guesses_what_is_left() -> None:
    clock = Clock()
    table = CellTable(clock)
    assert "preparing variants" in drawn(table)
    table.train(Progress("neuron", "train", 2, 20))
    table.train(Progress("random", "done"))
    assert "neuron: train, epoch 2 of at most 20" in drawn(table)
    for key in (ONE, TWO, OTHER):
        table.tell(Event(key, "waiting", 0, 100))
    assert table.left() is None
    clock.now = 100  # training does not count
    table.tell(Event(ONE, "measure", 0, 100))
    table.tell(Event(OTHER, "measure", 0, 100))
    clock.now = 110
    table.tell(Event(ONE, "measure", 50, 100))
    table.tell(Event(OTHER, "measure", 10, 100))
    assert table.left() == pytest.approx(90)  # 10 s for 10 of 100; the other one: 30 s
    table.tell(Event(OTHER, "ok", 100, 100))
    assert table.left() == pytest.approx(30)
    text = drawn(table)
    assert "3 cells: 1 measure, 1 waiting, 1 ok; 1 min 50 s, about 30 s left" in text
    assert "neuron[50]" in text
    table.tell(Event(ONE, "ok", 100, 100))
    table.tell(Event(TWO, "failed", 0, 100, "it broke"))
    assert table.left() is None
    assert "it broke" in drawn(table)


def test_a_table_longer_than_the_terminal_keeps_what_is_going_on() -> None:
    table = CellTable()
    for number in range(100):
        key = CellKey(f"v{number}", "int8", "codegen", "uno")
        table.tell(Event(key, "measure" if number == 99 else "ok", 1, 1))
    lines = drawn(table, height=10).splitlines()
    assert len(lines) == 8
    assert lines[1].split()[0] == "v99"
    assert lines[-1].strip().endswith("94 not shown")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.4, "59 s"), (185, "3 min 05 s"), (7_620, "2 h 07 min")]
)
def test_durations_are_written_short(seconds: float, text: str) -> None:
    assert duration(seconds) == text
