from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from harness.camera.answer import Answer
from harness.camera.picture import FrameFolder, as_pixels, preview
from harness.camera.preprocess import PixelRange
from harness.camera.watched import Units
from harness.errors import InputError
from tests.camera.captures import capture

UNITS = Units("us (micros)", "cycles")


def test_shades_rise_with_the_pixels() -> None:
    ramp = np.array([[0, 60, 110, 160, 255]] * 2, np.uint8)
    assert preview(ramp, 5, colours=False).plain == " ░▒▓█"


def test_a_character_is_twice_as_high_as_wide() -> None:
    text = preview(np.zeros((240, 320), np.uint8), 48, colours=False).plain
    assert [len(line) for line in text.split("\n")] == [48] * 18


def test_with_colours_a_character_holds_two_pixels() -> None:
    text = preview(np.array([[10, 20], [30, 40]], np.uint8), 2, colours=True)
    assert text.plain == "▀▀"
    assert [str(span.style) for span in text.spans] == [
        "rgb(10,10,10) on rgb(30,30,30)",
        "rgb(20,20,20) on rgb(40,40,40)",
    ]


def test_flat_frames_keep_a_line() -> None:
    assert preview(np.full((1, 100), 255, np.uint8), 10, colours=False).plain == "█" * 10


def test_the_input_becomes_gray_again() -> None:
    quantised = np.array([[[-128], [0], [127]]], np.int8)
    assert as_pixels(quantised, 1 / 255, -128, PixelRange(0, 1)).tolist() == [[0, 128, 255]]
    real = np.array([[[-1.0], [0.2], [9.0]]], np.float32)
    assert as_pixels(real, None, None, PixelRange(-1, 1)).tolist() == [[0, 153, 255]]
    assert as_pixels(real, None, None, PixelRange(1, -1)).tolist() == [[255, 102, 0]]


def test_every_frame_is_a_picture_and_a_line(tmp_path: Path) -> None:
    folder = FrameFolder(tmp_path / "new" / "frames", 7, UNITS)
    folder.add(capture(0), Answer(3, "a, b", 0.99609375))
    folder.add(capture(12, input_same=False), Answer(4, "", 0.5))
    names = sorted(path.name for path in (tmp_path / "new" / "frames").iterdir())
    assert names == ["run7-000000.png", "run7-000012.png", "run7.csv"]
    with Image.open(tmp_path / "new" / "frames" / names[1]) as picture:
        assert (picture.mode, picture.size) == ("L", (6, 4))
        assert np.array_equal(np.asarray(picture), capture().frame)
    with (tmp_path / "new" / "frames" / "run7.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][5:8] == ["grab, us (micros)", "prepare, cycles", "invoke, cycles"]
    first = ["0", "run7-000000.png", "3", "a, b", "0.996094", "33333", "1234", "56789"]
    assert rows[1] == [*first, "True", "True"]
    assert rows[2][-2:] == ["False", "True"]


def test_frames_of_another_run_are_not_overwritten(tmp_path: Path) -> None:
    FrameFolder(tmp_path, 7, UNITS)
    FrameFolder(tmp_path, 8, UNITS)
    with pytest.raises(InputError, match=r"holds frames of another run 7; give --frames another"):
        FrameFolder(tmp_path, 7, UNITS)
