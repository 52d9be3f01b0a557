"""A data set in three parts: what is trained on, what is tuned on, what is only ever measured."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from harness.errors import DataError


@dataclass(frozen=True)
class Split:
    """Samples `x` (N, ...) float32 as the model takes them, labels `y` (N,) from 0."""

    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True)
class Dataset:
    """A classification data set; raises DataError on values that no model can be trained on."""

    name: str
    classes: int
    train: Split
    validation: Split
    test: Split

    def __post_init__(self) -> None:
        for part in ("train", "validation", "test"):
            self._check(part, getattr(self, part))

    @property
    def digest(self) -> str:
        """Digest of every value that a variant can depend on; the name is none."""
        digest = hashlib.sha256(str(self.classes).encode())
        for split in (self.train, self.validation, self.test):
            for array in (split.x, split.y.astype(np.int64)):
                digest.update(str(array.shape).encode() + np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()

    def _check(self, part: str, split: Split) -> None:
        where = f"data set {self.name}, {part}"
        if len(split.x) == 0:
            raise DataError("there are no samples", where=where)
        if len(split.x) != len(split.y) or split.y.ndim != 1:
            raise DataError(
                f"{len(split.x)} samples but labels of shape {split.y.shape}",
                where=where,
                hint="one whole-number label a sample",
            )
        if split.x.shape[1:] != self.train.x.shape[1:]:
            raise DataError(
                f"samples of shape {split.x.shape[1:]}, in train {self.train.x.shape[1:]}",
                where=where,
            )
        if split.x.dtype != np.float32:
            raise DataError(f"samples are {split.x.dtype}, not float32", where=where)
        if not np.isfinite(split.x).all():
            bad = int((~np.isfinite(split.x)).reshape(len(split.x), -1).any(axis=1).sum())
            raise DataError(
                f"{bad} samples hold NaN or infinity", where=where, hint="clean the data first"
            )
        if not np.issubdtype(split.y.dtype, np.integer):
            raise DataError(f"labels are {split.y.dtype}, not whole numbers", where=where)
        low, high = int(split.y.min()), int(split.y.max())
        if low < 0 or high >= self.classes:
            raise DataError(
                f"labels from {low} to {high} with {self.classes} classes",
                where=where,
                hint=f"labels are whole numbers from 0 to {self.classes - 1}",
            )
