"""Data sets from samples and labels: checked, split and scaled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.data.dataset import Dataset, Split
from harness.data.formats import Scaling
from harness.errors import DataError, ToolMissing
from harness.measure.metric import Task


def split(
    name: str,
    x: np.ndarray,
    y: np.ndarray,
    *,
    task: Task,
    validation: float,
    test: float,
    seed: int,
) -> Dataset:
    """Split samples (N, ...) with labels into three parts, the same ones for the same `seed`.

    `validation` and `test` are shares of all samples. Classes keep their shares in each part. All
    anomalies of an anomaly task go to the test part, with the share `test` of the normal samples.
    Raises DataError where a part would be empty or a class too small.
    """
    x, y = _typed(name, x, y, task)
    if task == "anomaly":
        parts = _anomaly_parts(y, validation, test, seed)
    else:
        parts = _parts(
            name, y if task == "classification" else None, len(x), validation, test, seed
        )
    return dataset_of(name, task, *((x[rows], y[rows]) for rows in parts))


def dataset_of(
    name: str,
    task: Task,
    train: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
) -> Dataset:
    """Return a data set of parts that are split already. Raises DataError."""
    parts = [Split(*_typed(name, x, y, task)) for x, y in (train, validation, test)]
    classes = 0
    if task == "classification" and all(np.issubdtype(part.y.dtype, np.integer) for part in parts):
        classes = 1 + max(int(part.y.max(initial=0)) for part in parts)
    return Dataset(
        name,
        parts[0],
        parts[1],
        parts[2],
        classes=classes,
        task=task,
    )


def scaled(data: Dataset, scaling: Scaling) -> Dataset:
    """Return samples scaled to mean 0 and deviation 1, or to [0, 1], feature by feature.

    The scale is taken from the training split; a feature that never varies there becomes 0. The
    application on the device has to scale its inputs in the same way.
    """
    if scaling == "none":
        return data
    x = data.train.x.astype(np.float64)
    axes = tuple(range(x.ndim - 1))
    if scaling == "standard":
        offset, size = x.mean(axis=axes), x.std(axis=axes)
    else:
        offset, size = x.min(axis=axes), np.ptp(x, axis=axes)
    size = np.where(size > 0, size, 1)

    def part(split: Split) -> Split:
        return Split(((split.x - offset) / size).astype(np.float32), split.y)

    return replace(
        data, train=part(data.train), validation=part(data.validation), test=part(data.test)
    )


def _typed(name: str, x: np.ndarray, y: np.ndarray, task: Task) -> tuple[np.ndarray, np.ndarray]:
    where = f"data set {name}"
    if not np.issubdtype(x.dtype, np.number) and x.dtype != np.bool_:
        raise DataError(f"samples are {x.dtype}, not numbers", where=where)
    if x.ndim < 2 or len(x) != len(y):
        raise DataError(
            f"samples of shape {x.shape} with labels of shape {y.shape}",
            where=where,
            hint="samples (N, ...) and one label, or row of values, for each",
        )
    if task == "regression":
        if not np.issubdtype(y.dtype, np.number):
            raise DataError(f"values to predict are {y.dtype}, not numbers", where=where)
        return x.astype(np.float32), y.astype(np.float32)
    if np.issubdtype(y.dtype, np.floating) and np.isfinite(y).all() and (y == np.round(y)).all():
        y = y.astype(np.int64)  # whole numbers that a file kept as floats
    if y.dtype == np.bool_:
        y = y.astype(np.int64)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if np.issubdtype(y.dtype, np.integer) and y.size and int(y.min()) < 0:
        raise DataError(
            f"the least label is {int(y.min())}", where=where, hint="labels are counted from 0"
        )
    return x.astype(np.float32), y


def _parts(
    name: str,
    classes: np.ndarray | None,
    count: int,
    validation: float,
    test: float,
    seed: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    try:
        from sklearn.model_selection import train_test_split
    except ImportError as error:
        raise ToolMissing(
            "samples are split by scikit-learn, which is not installed",
            where=f"data set {name}",
            hint="pip install 'tinyml-harness[train]', or give the splits in the file "
            "(docs/add-a-model.md)",
        ) from error

    rows = np.arange(count)
    try:
        rest, tested = train_test_split(
            rows, test_size=round(test * count), stratify=classes, random_state=seed
        )
        trained, held = train_test_split(
            rest,
            test_size=round(validation * count),
            stratify=None if classes is None else classes[rest],
            random_state=seed,
        )
    except ValueError as error:
        raise DataError(
            f"{count} samples cannot be split: {error}",
            where=f"data set {name}",
            hint="more samples of each class, or other [data] validation and test shares",
        ) from error
    return trained, held, tested


def _anomaly_parts(
    y: np.ndarray, validation: float, test: float, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    normal = generator.permutation(np.flatnonzero(y == 0))
    tested, held = round(test * len(normal)), round(validation * len(normal))
    mixed = np.concatenate([normal[:tested], np.flatnonzero(y != 0)])
    return normal[tested + held :], normal[tested : tested + held], generator.permutation(mixed)
