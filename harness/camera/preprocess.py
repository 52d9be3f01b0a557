"""The pixel path of firmware/lib/vision in NumPy, to the bit: what a board must make of a frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.workload.reference import quantise_input

LEVELS = 256


@dataclass(frozen=True)
class PixelRange:
    """The real values of a black (0) and a white (255) pixel, as the model was trained with."""

    low: float
    high: float

    @property
    def scale(self) -> np.float32:
        """Value of one step of a pixel."""
        return np.float32((self.high - self.low) / (LEVELS - 1))

    @property
    def offset(self) -> np.float32:
        """Value of a black pixel."""
        return np.float32(self.low)


@dataclass(frozen=True)
class ImageInput:
    """A model's input (height, width, channels); scale and zero point are None for float32."""

    height: int
    width: int
    channels: int
    scale: float | None
    zero_point: int | None


def centre(
    frame_height: int, frame_width: int, height: int, width: int
) -> tuple[int, int, int, int]:
    """Top, left, height and width of the greatest centred part with the aspect ratio asked for."""
    across, down = frame_width * height, frame_height * width
    if across > down:
        crop_height, crop_width = frame_height, max(1, down // height)
    else:
        crop_height, crop_width = max(1, across // width), frame_width
    top, left = (frame_height - crop_height) // 2, (frame_width - crop_width) // 2
    return top, left, crop_height, crop_width


def resize(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Average over the area of uint8 (h, w), halves rounded up: uint8 (height, width)."""
    down = _coverage(pixels.shape[0], height)
    across = _coverage(pixels.shape[1], width)
    sums = down @ pixels.astype(np.int64) @ across.T
    scaled: np.ndarray = (2 * sums + pixels.size) // (2 * pixels.size)
    return scaled.astype(np.uint8)


def prepare(frame: np.ndarray, image: ImageInput, values: PixelRange) -> np.ndarray:
    """The input (height, width, channels), int8 or float32, that `frame` (uint8, 2-D) becomes."""
    top, left, crop_height, crop_width = centre(
        frame.shape[0], frame.shape[1], image.height, image.width
    )
    crop = frame[top : top + crop_height, left : left + crop_width]
    scaled = resize(crop, image.height, image.width)
    levels = np.arange(LEVELS, dtype=np.float32) * values.scale + values.offset
    if image.scale is not None and image.zero_point is not None:
        levels = quantise_input(levels, image.scale, image.zero_point)
    one: np.ndarray = levels[scaled]
    return np.repeat(one[:, :, np.newaxis], image.channels, axis=2)


def _coverage(old: int, new: int) -> np.ndarray:
    """(new, old) matrix: how much of each old pixel a new one covers, in 1/new of an old pixel."""
    edges_old = np.arange(old + 1, dtype=np.int64) * new
    edges_new = np.arange(new + 1, dtype=np.int64) * old
    right = np.minimum(edges_new[1:, None], edges_old[None, 1:])
    left = np.maximum(edges_new[:-1, None], edges_old[None, :-1])
    covered: np.ndarray = np.maximum(0, right - left)
    return covered
