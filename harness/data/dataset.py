"""A data set in three parts: for training, for tuning, for measuring only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from harness.errors import DataError
from harness.measure.metric import Task


@dataclass(frozen=True)
class Split:
    """Samples `x` (N, ...) float32 in the model's layout, with labels `y`.

    Classification: `y` (N,) are classes from 0. Multilabel: 0 and 1 (N, k), one for each of k
    labels. Regression: values (N,) or (N, k) float32. Anomaly task: 0 (N,) is a normal sample and
    1 an anomaly.
    """

    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class Dataset:
    """Data for one task. Raises DataError on values that no model can be trained on.

    `classes` only of a classification; `class_names` by label where known. Training and validation
    of an anomaly task hold normal samples only: the model learns to reproduce them.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    classes: int = 0
    task: Task = "classification"
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for part in ("train", "validation", "test"):
            split = getattr(self, part)
            where = f"data set {self.name}, {part}"
            self._check_samples(where, split)
            check = {"regression": self._check_values, "multilabel": self._check_labels}
            check.get(self.task, self._check_classes)(where, split)
        if self.task == "anomaly":
            self._check_normal()

    @property
    def outputs(self) -> tuple[int, ...]:
        """Shape of a model's output to one sample; two classes may also share one output."""
        if self.task == "classification":
            return (self.classes,)
        if self.task in ("regression", "multilabel"):
            return (1,) if self.train.y.ndim == 1 else self.train.y.shape[1:]
        return self.train.x.shape[1:]

    def goals(self, split: Split) -> np.ndarray:
        """Return the targets of training: classes (N,), labels or values (N, k), or the samples."""
        if self.task in ("regression", "multilabel"):
            return split.y.reshape(len(split.y), -1)
        return split.y if self.task == "classification" else split.x

    @property
    def seen(self) -> float:
        """Fraction of the test samples that equal a sample of the training split to the bit."""
        known = {row.tobytes() for row in self.train.x}
        return float(np.mean([row.tobytes() in known for row in self.test.x]))

    @property
    def digest(self) -> str:
        """Digest of every value that a variant can depend on; the name does not count."""
        digest = hashlib.sha256(f"{self.task} {self.classes}".encode())
        kind = np.float32 if self.task == "regression" else np.int64
        for split in (self.train, self.validation, self.test):
            for array in (split.x, split.y.astype(kind)):
                digest.update(str(array.shape).encode() + np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def _check_samples(self, where: str, split: Split) -> None:
        if len(split.x) == 0:
            raise DataError("there are no samples", where=where)
        if len(split.x) != len(split.y):
            raise DataError(
                f"{len(split.x)} samples but labels of shape {split.y.shape}",
                where=where,
                hint="one label per sample",
            )
        if split.x.shape[1:] != self.train.x.shape[1:]:
            raise DataError(
                f"samples of shape {split.x.shape[1:]}, in train {self.train.x.shape[1:]}",
                where=where,
            )
        if split.x.dtype != np.float32:
            raise DataError(f"samples are {split.x.dtype}, not float32", where=where)
        _check_finite("samples", split.x, where)

    def _check_classes(self, where: str, split: Split) -> None:
        if split.y.ndim != 1:
            raise DataError(
                f"{len(split.x)} samples but labels of shape {split.y.shape}",
                where=where,
                hint="one whole-number label per sample",
            )
        if not np.issubdtype(split.y.dtype, np.integer):
            raise DataError(
                f"labels are {split.y.dtype}, not whole numbers",
                where=where,
                hint='values to predict make a regression: task = "regression"',
            )
        count = 2 if self.task == "anomaly" else self.classes
        low, high = int(split.y.min()), int(split.y.max())
        if low < 0 or high >= count:
            what = "an anomaly task" if self.task == "anomaly" else f"{count} classes"
            raise DataError(
                f"labels from {low} to {high} with {what}",
                where=where,
                hint=f"labels are whole numbers from 0 to {count - 1}",
            )

    def _check_labels(self, where: str, split: Split) -> None:
        if split.y.ndim != 2 or split.y.shape[1:] != self.train.y.shape[1:]:
            raise DataError(
                f"labels of shape {split.y.shape[1:]}, in train {self.train.y.shape[1:]}",
                where=where,
                hint="one row a sample: 0 or 1 for each label",
            )
        if not np.issubdtype(split.y.dtype, np.integer) or not np.isin(split.y, (0, 1)).all():
            raise DataError(
                "labels of a multilabel task are 0 and 1",
                where=where,
                hint="one row a sample: 1 for each label that holds",
            )

    def _check_values(self, where: str, split: Split) -> None:
        if split.y.ndim not in (1, 2) or split.y.shape[1:] != self.train.y.shape[1:]:
            raise DataError(
                f"values of shape {split.y.shape[1:]}, in train {self.train.y.shape[1:]}",
                where=where,
                hint="one value a sample, or one row of values",
            )
        if split.y.dtype != np.float32:
            raise DataError(f"values are {split.y.dtype}, not float32", where=where)
        _check_finite("values to predict", split.y, where)

    def _check_normal(self) -> None:
        for part in ("train", "validation"):
            bad = int(getattr(self, part).y.sum())
            if bad:
                raise DataError(
                    f"{bad} samples are anomalies",
                    where=f"data set {self.name}, {part}",
                    hint="only the test split has them: the model learns what is normal",
                )
        if len(np.unique(self.test.y)) < 2:
            raise DataError(
                "normal samples or anomalies are missing",
                where=f"data set {self.name}, test",
                hint="an AUC needs both, labelled 0 and 1",
            )


def _check_finite(what: str, values: np.ndarray, where: str) -> None:
    if not np.isfinite(values).all():
        bad = int((~np.isfinite(values)).reshape(len(values), -1).any(axis=1).sum())
        noun = "samples" if what == "samples" else what
        raise DataError(
            f"{bad} {noun} hold NaN or infinity", where=where, hint="remove these values"
        )
