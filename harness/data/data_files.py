"""Samples and labels from files: .npz arrays, a .csv table, a folder of images a class."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.data.formats import Colour
from harness.errors import DataError
from harness.nearest import nearest
from harness.workload.npz import read_npz

if TYPE_CHECKING:
    import pandas as pd

IMAGES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".ppm", ".pgm"})
SPLITS = ("train", "validation", "test")
NPZ_HINT = (
    "write it with numpy.savez(path, x=samples, y=labels), or with x_train, y_train, "
    "x_validation, y_validation, x_test, y_test"
)

Arrays = dict[str, tuple[np.ndarray, np.ndarray]]
"""Samples (N, ...) and labels by split, or under "all" where they are still to be split."""


def read_data(path: Path, *, label: str, size: tuple[int, int] | None, colour: Colour) -> Arrays:
    """Read a data file; `label` names the column of a CSV, `size` and `colour` are of images.

    Raises DataError where it cannot be read, or holds no samples and labels.
    """
    if path.is_dir():
        return {"all": _read_images(path, size, colour)}
    if path.suffix == ".csv":
        return {"all": _read_csv(path, label)}
    return _read_npz(path)


def _read_npz(path: Path) -> Arrays:
    arrays = read_npz(path, NPZ_HINT)
    wanted = {f"{kind}_{split}" for kind in "xy" for split in SPLITS}
    if wanted <= arrays.keys():
        return {split: (arrays[f"x_{split}"], arrays[f"y_{split}"]) for split in SPLITS}
    if {"x", "y"} <= arrays.keys():
        return {"all": (arrays["x"], arrays["y"])}
    raise DataError(
        f"it holds the arrays {', '.join(sorted(arrays)) or 'none'}, not x and y",
        where=str(path),
        hint=NPZ_HINT,
    )


def _read_csv(path: Path, label: str) -> tuple[np.ndarray, np.ndarray]:
    import pandas as pd

    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:  # pandas' parser errors are ValueErrors
        raise DataError(f"this is not a readable CSV file: {error}", where=str(path)) from error
    if label not in table.columns:
        raise DataError(
            f"there is no column '{label}'{nearest(label, [str(name) for name in table.columns])}",
            where=str(path),
            hint='name the column to predict: [data] label = "…"; the first line holds the names',
        )
    features = table.drop(columns=label)
    for name in features.columns:
        if not pd.api.types.is_numeric_dtype(features[name]):
            raise DataError(
                f"column '{name}' holds text, not numbers",
                where=str(path),
                hint="turn it into numbers, or leave it out",
            )
    return features.to_numpy(np.float32), _labels(table[label])


def _labels(column: pd.Series) -> np.ndarray:
    """Numbers as they are; names by number in alphabetical order."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return column.to_numpy()
    names = sorted(set(column.astype(str)))
    return np.array([names.index(name) for name in column.astype(str)], dtype=np.int64)


def _read_images(
    folder: Path, size: tuple[int, int] | None, colour: Colour
) -> tuple[np.ndarray, np.ndarray]:
    """Pixels (N, height, width, channels) from 0 to 1; classes by folder name, in order."""
    from PIL import Image, UnidentifiedImageError

    classes = sorted(path for path in folder.iterdir() if path.is_dir())
    if not classes:
        raise DataError(
            "there is no folder in it", where=str(folder), hint="a folder of images for each class"
        )
    pixels: list[np.ndarray] = []
    labels: list[int] = []
    for number, class_folder in enumerate(classes):
        for path in sorted(class_folder.rglob("*")):
            if path.suffix.lower() not in IMAGES:
                continue
            try:
                with Image.open(path) as image:
                    shown = image.convert("L" if colour == "grey" else "RGB")
            except (OSError, UnidentifiedImageError) as error:
                raise DataError(f"this image cannot be read: {error}", where=str(path)) from error
            if size is not None:
                shown = shown.resize((size[1], size[0]), Image.Resampling.BILINEAR)
            array = np.asarray(shown, dtype=np.float32) / np.float32(255)
            array = array.reshape(shown.height, shown.width, -1)
            if pixels and array.shape != pixels[0].shape:
                raise DataError(
                    f"{array.shape[0]}x{array.shape[1]} pixels, the first image "
                    f"{pixels[0].shape[0]}x{pixels[0].shape[1]}",
                    where=str(path),
                    hint="scale them all: [data] size = [height, width]",
                )
            pixels.append(array)
            labels.append(number)
    if not pixels:
        raise DataError(
            "there are no images in its folders",
            where=str(folder),
            hint=f"files ending in {', '.join(sorted(IMAGES))}",
        )
    return np.stack(pixels), np.array(labels, dtype=np.int64)
