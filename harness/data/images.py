"""Pixels from image files, a folder for each class."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.data.formats import Colour
from harness.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

IMAGES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".ppm", ".pgm"})
WIDE_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I")  # 16 bits a pixel, as Pillow names them
WHITE, WIDE_WHITE = 255, 65535
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "PPM")  # others may start programs to be decoded
MOST_PIXELS = 1 << 26  # of one image, 67 million
LARGEST = 4 << 30  # bytes of all pixels as they are kept


def read_images(
    folder: Path, classes: Sequence[Path], size: tuple[int, int] | None, colour: Colour
) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels (N, height, width, channels) from 0 to 1, and labels by the order of `classes`.

    Images are turned as their EXIF orientation asks. Raises DataError where an image cannot be
    read, a class has none, or sizes differ and `size` (height, width) is unset.
    """
    if not classes:
        raise DataError(
            "it holds no folders", where=str(folder), hint="a folder of images for each class"
        )
    pixels: list[np.ndarray] = []
    labels: list[int] = []
    for number, class_folder in enumerate(classes):
        files = [path for path in sorted(class_folder.rglob("*")) if _is_image(path)]
        if not files:
            raise DataError(
                f"there are no images in the folder of class '{class_folder.name}'",
                where=str(folder),
                hint=f"files ending in {', '.join(sorted(IMAGES))}; or remove the folder",
            )
        for path in files:
            array = _pixels(path, size, colour)
            if array.nbytes * (len(pixels) + 1) > LARGEST:
                raise DataError(
                    f"the images have more than {LARGEST:,} B of pixels",
                    where=str(folder),
                    hint="scale them: [data] size = [height, width]; or give fewer",
                )
            if pixels and array.shape != pixels[0].shape:
                raise DataError(
                    f"{array.shape[0]}x{array.shape[1]} pixels, the first image "
                    f"{pixels[0].shape[0]}x{pixels[0].shape[1]}",
                    where=str(path),
                    hint="scale them all: [data] size = [height, width]",
                )
            pixels.append(array)
            labels.append(number)
    return np.stack(pixels), np.array(labels, dtype=np.int64)


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in IMAGES


def _pixels(path: Path, size: tuple[int, int] | None, colour: Colour) -> np.ndarray:
    """Pixels (height, width, channels) of one image, from 0 to 1."""
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings(), Image.open(path, formats=FORMATS) as image:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            if image.width * image.height > MOST_PIXELS:
                raise ValueError(f"{image.width:,}x{image.height:,} pixels, too many to be read")
            upright = ImageOps.exif_transpose(image)
            wide = upright.mode in WIDE_MODES
            shown = _wide(upright) if wide else upright.convert("L" if colour == "grey" else "RGB")
    except (
        OSError,
        ValueError,
        SyntaxError,
        TypeError,
        LookupError,
        EOFError,
        OverflowError,
        MemoryError,
        struct.error,
        zlib.error,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:  # as Pillow's decoders raise them
        raise DataError(f"this image cannot be read: {error}", where=str(path)) from error
    if size is not None:
        shown = shown.resize((size[1], size[0]), Image.Resampling.BILINEAR)
    array = np.asarray(shown, dtype=np.float32) / np.float32(WIDE_WHITE if wide else WHITE)
    array = array.reshape(shown.height, shown.width, -1)
    return np.repeat(array, 3, axis=-1) if wide and colour == "rgb" else array


def _wide(image: Image) -> Image:
    """A 16-bit grey image with pixels of float32: Pillow's `convert("L")` clips them at 255."""
    from PIL.Image import fromarray

    return fromarray(np.asarray(image).astype(np.float32))
