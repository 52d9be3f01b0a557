"""Frames as files and as characters."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
from rich.text import Text

from harness.camera.answer import Answer
from harness.camera.preprocess import PixelRange, resize
from harness.camera.watched import Capture, Units
from harness.errors import InputError

SHADES = " ░▒▓█"
UPPER_HALF = "▀"


def preview(pixels: np.ndarray, columns: int, *, colours: bool) -> Text:
    """Gray pixels (H, W) uint8 in `columns` characters a line, each twice as high as wide.

    With colours two pixels a character, without them one of five shades.
    """
    height, width = pixels.shape
    rows = max(1, round(columns * height / width / 2))
    if not colours:
        shades = resize(pixels, rows, columns).astype(int) * len(SHADES) // 256
        return Text("\n".join("".join(SHADES[shade] for shade in row) for row in shades))
    text = Text()
    small = resize(pixels, 2 * rows, columns)
    for row in range(rows):
        for above, below in zip(small[2 * row], small[2 * row + 1], strict=True):
            text.append(UPPER_HALF, f"rgb({above},{above},{above}) on rgb({below},{below},{below})")
        text.append("\n")
    text.right_crop(1)
    return text


def as_pixels(
    values: np.ndarray, scale: float | None, zero: int | None, span: PixelRange
) -> np.ndarray:
    """The first channel of a model's input (h, w, c) as gray pixels again, for the eye."""
    real = values[:, :, 0].astype(np.float64)
    if scale is not None and zero is not None:
        real = (real - zero) * scale
    level = (real - span.low) / (span.high - span.low) * 255
    return np.clip(np.rint(level), 0, 255).astype(np.uint8)


class FrameFolder:
    """Every frame as `runN-FRAME.png` in a folder, and `runN.csv` with a line for each."""

    def __init__(self, folder: Path, run_id: int, units: Units) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._run = f"run{run_id}"
        self._table = folder / f"{self._run}.csv"
        head = ["frame", "picture", "class", "label", "score"]
        head += [f"grab, {units.grab}", f"prepare, {units.compute}", f"invoke, {units.compute}"]
        try:
            with self._table.open("x", encoding="utf-8", newline="") as file:
                csv.writer(file).writerow([*head, "input_same", "output_same"])
        except FileExistsError as error:
            raise InputError(
                f"the folder holds frames of another run {run_id}",
                where=str(self._table),
                hint="give --frames another folder",
            ) from error

    def add(self, capture: Capture, answer: Answer) -> None:
        """Write one frame; whole or not at all."""
        from PIL import Image

        picture = self._folder / f"{self._run}-{capture.number:06d}.png"
        partial = picture.with_suffix(f".{os.getpid()}.tmp")
        Image.fromarray(capture.frame).save(partial, format="PNG")
        partial.rename(picture)
        times = [f"{time:g}" for time in (capture.grab, capture.prepare, capture.invoke)]
        said = [answer.index, answer.name, f"{answer.score:g}"]
        with self._table.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow(
                [
                    capture.number,
                    picture.name,
                    *said,
                    *times,
                    capture.input_same,
                    capture.output_same,
                ]
            )
