from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from harness.boards.catalogue import load_catalogue
from harness.camera.answer import Answer
from harness.camera.image import read_camera_model
from harness.camera.view import View, check, figure, line, summary
from harness.camera.watched import Capture, Units, Watched
from harness.measure.parity import Parity
from tests.camera.captures import capture

DATA = Path(__file__).parents[1] / "data"
UNITS = Units("us (micros)", "us")


def view_on(console: Console) -> View:
    model = read_camera_model(DATA / "digits_int8.tflite", load_catalogue()["qemu-m4"], frame="6x4")
    return View(console, model, "probability")


def shown(*, terminal: bool) -> str:
    console = Console(
        file=io.StringIO(),
        force_terminal=terminal,
        width=140,
        color_system=None,
        legacy_windows=False,
    )
    view = view_on(console)
    watched = Watched(1, "test pattern", UNITS)
    with view.live():
        view.open(watched)
        for number in range(10):
            view.show(capture(number), Answer(3, "digit 3", 0.99609375))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_without_a_terminal_a_line_a_frame() -> None:
    lines = shown(terminal=False).splitlines()
    assert lines[0] == "source = test pattern, frames 6x4; input 8x8x1, black 0, white 1"
    assert lines[1] == (
        "    0  class 3 digit 3  probability 0.996  grab 33,333 us (micros)  prepare 1,234 us  "
        "invoke 56,789 us  same"
    )
    assert len(lines) == 11


def test_on_a_terminal_pictures_over_the_newest_frames() -> None:
    text = shown(terminal=True)
    last = text[text.rindex("frame 9: test pattern") :]
    assert "what the model got" in last
    assert "█" in last
    assert "grab, us (micros)" in last
    rows = [row.split() for row in last.splitlines() if "digit 3" in row]
    assert [row[0] for row in rows] == [str(number) for number in range(2, 10)]
    assert rows[0][1:] == ["3", "digit", "3", "0.996", "33,333", "1,234", "56,789", "same"]


@pytest.mark.parametrize(
    ("time", "text"), [(0.0, "0"), (0.46, "0.5"), (1234.0, "1,234"), (1234.56, "1,234.6")]
)
def test_times_are_whole_where_they_are_counts(time: float, text: str) -> None:
    assert figure(time) == text


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (capture(), "same"),
        (capture(input_same=False), "INPUT DIFFERS"),
        (capture(parity=Parity(1, 1.0, 2, None)), "OUTPUT DIFFERS by 2 LSB"),
        (capture(parity=Parity(1, 1.0, None, 1.2e-7)), "within 1e-07"),
        (capture(parity=Parity(1, 0.0, None, 0.25)), "OUTPUT DIFFERS by 0.2"),
    ],
)
def test_the_check_says_what_differs(seen: Capture, said: str) -> None:
    assert check(seen) == said
    assert line(seen, Answer(3, "", 0.5), UNITS, "score").endswith(f"  {said}")


def test_the_summary_counts_what_is_as_computed() -> None:
    watched = Watched(5, "HM01B0", UNITS)
    for seen in (
        capture(0),
        capture(1, input_same=False),
        capture(2, parity=Parity(1, 1.0, 3, None)),
    ):
        watched.add(seen)
    assert not watched.good
    assert summary(watched) == (
        "3 frames of HM01B0; as the host computes it: input 2 of 3, output 2 of 3 "
        "(greatest difference 3 LSB); run 5"
    )


def test_looks_are_kept_without_their_pixels() -> None:
    watched = Watched(5, "HM01B0", UNITS)
    watched.add(capture(0, grab=10.0))
    watched.add(capture(1, grab=30.0, parity=Parity(1, 1.0, None, 0.125)))
    assert [seen.frame.size + seen.input.size for seen in watched.captures] == [0, 0]
    facts = watched.facts()
    assert (facts.frames, facts.grab_median, facts.outputs_same) == (2, 20.0, 2)
    assert facts.grab_unit == "us (micros)"
