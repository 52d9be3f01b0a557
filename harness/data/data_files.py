"""Samples and labels from files: .npz arrays, a .csv table, a folder of images a class."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.data.formats import Colour
from harness.data.images import read_images
from harness.errors import DataError
from harness.nearest import nearest
from harness.workload.npz import read_npz

if TYPE_CHECKING:
    import pandas as pd

SPLITS = ("train", "validation", "test")
NPZ_HINT = (
    "write it with numpy.savez(path, x=samples, y=labels), or with x_train, y_train, "
    "x_validation, y_validation, x_test, y_test"
)

Arrays = dict[str, tuple[np.ndarray, np.ndarray]]
"""Samples (N, ...) and labels by split, or under "all" where they are still to be split."""


def read_data(
    path: Path,
    *,
    label: str,
    size: tuple[int, int] | None,
    colour: Colour,
    classes: Sequence[str] = (),
) -> tuple[Arrays, tuple[str, ...]]:
    """Return samples and labels of a data file, and the names of the classes by label.

    `label` names the column of a CSV, `size` and `colour` are of images. `classes` are the names in
    the order of the model's outputs; unset they are in alphabetical order. Labels that are numbers
    have no names. Raises DataError where the file cannot be read, or holds no samples and labels.
    """
    if path.is_dir():
        folders = {folder.name: folder for folder in path.iterdir() if folder.is_dir()}
        names = _ordered(folders, classes, path)
        return {"all": read_images(path, [folders[name] for name in names], size, colour)}, names
    if path.suffix == ".csv":
        return _read_csv(path, label, classes)
    if classes:
        raise DataError(
            "classes of an .npz file have no names: its labels are numbers",
            where=str(path),
            hint="leave out [data] classes",
        )
    return _read_npz(path), ()


def _ordered(found: Iterable[str], classes: Sequence[str], path: Path) -> tuple[str, ...]:
    """Return the names of the classes by label. Raises DataError where `classes` differ."""
    names = sorted(found)
    if classes and sorted(classes) != names:
        raise DataError(
            f"the classes are {', '.join(names) or 'none'}, not {', '.join(classes)}",
            where=str(path),
            hint="[data] classes lists each of them once, in the order of the model's outputs",
        )
    return tuple(classes or names)


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


def _read_csv(path: Path, label: str, classes: Sequence[str]) -> tuple[Arrays, tuple[str, ...]]:
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
    for name in table.columns:
        _check_filled(table[name], path)
    labels, names = _labels(table[label], classes, path)
    return {"all": (features.to_numpy(np.float32), labels)}, names


def _check_filled(column: pd.Series, path: Path) -> None:
    """Raise DataError where a row has no value in the column."""
    missing = np.flatnonzero(column.isna().to_numpy())
    if missing.size:
        more = f" and {missing.size - 1:,} more" if missing.size > 1 else ""
        raise DataError(
            f"column '{column.name}' has no value in row {missing[0] + 1:,}{more}",
            where=str(path),
            hint="fill it in, or leave the row out; row 1 is the first below the names",
        )


def _labels(
    column: pd.Series, classes: Sequence[str], path: Path
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return numbers as they are, names as their places among the classes."""
    import pandas as pd

    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if numeric and not classes:
        return column.to_numpy(), ()
    names = _ordered(set(column.astype(str)), classes, path)
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[name] for name in column.astype(str)], dtype=np.int64), names
