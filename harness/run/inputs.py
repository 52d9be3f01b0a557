"""Inputs of `harness bench`: random ones, or samples and labels from an .npz file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from harness.data.sampling import draw
from harness.errors import DataError, InputError
from harness.measure.metric import Pooling
from harness.measure.streams import FRAMES_HINT, INDEPENDENT, Stream
from harness.workload.fitting import Samples, short_name
from harness.workload.model_facts import Exchanged
from harness.workload.npz import read_npz
from harness.workload.random_samples import random_samples

RANDOM_SAMPLES = 20
RANDOM_FRAMES = 10  # of a stream's sample
RANDOM_NAME = "random inputs"
NPZ_HINT = "write it with numpy.savez(path, x=samples, y=labels); several inputs: an array by name"
LABELS_HINT = "labels are whole numbers from 0: the place of the class in the model's output"


@dataclass(frozen=True)
class BenchInputs:
    """Samples (N, ...), real-valued or raw, of several inputs by name (workload/fitting.py), and
    labels (N,), empty where unknown.

    Samples of a `stream` have the shape (N, frames, ...).
    """

    samples: Samples
    labels: np.ndarray
    stream: Stream = INDEPENDENT


@dataclass(frozen=True)
class InputSource:
    """Source of the samples: the .npz file `data`, or random numbers where that is None."""

    data: Path | None = None
    samples: int | None = None  # None: all of the file, RANDOM_SAMPLES random ones
    seed: int = 0  # of the random ones
    stream: Pooling | None = None  # samples are sequences of frames, scored so

    @property
    def name(self) -> str:
        """Name of the source in the record of a run."""
        return self.data.name if self.data else RANDOM_NAME

    def read(self, model: Exchanged) -> BenchInputs:
        """Return inputs for the model. Raises DataError, InputError."""
        if self.data:
            return self._framed(load_npz(self.data, self.samples, names_of(model)))
        count = self.samples or RANDOM_SAMPLES
        if self.stream is None:
            return random_inputs(model, count, self.seed)
        return random_inputs(model, count, self.seed, Stream(RANDOM_FRAMES, self.stream))

    def _framed(self, found: BenchInputs) -> BenchInputs:
        if self.stream is None:
            return found
        given = found.samples
        shapes = {
            x.shape[1:] for x in ([given] if isinstance(given, np.ndarray) else given.values())
        }
        counts = {shape[0] if shape else 0 for shape in shapes}
        if len(counts) != 1 or not min(counts):
            raise DataError(
                f"samples of shape {', '.join(map(str, sorted(shapes)))} have no frames",
                where=str(self.data),
                hint=FRAMES_HINT,
            )
        return replace(found, stream=Stream(counts.pop(), self.stream))


def names_of(model: Exchanged) -> tuple[str, ...]:
    """Return the names by which samples of several inputs are given, () for one input."""
    return () if model.inputs.single else model.inputs.names


def random_inputs(
    model: Exchanged, samples: int, seed: int, stream: Stream = INDEPENDENT
) -> BenchInputs:
    """Return uniform inputs of every type; see `random_samples`. Raises InputError."""
    try:
        drawn = random_samples(model.inputs, samples * stream.frames, np.random.default_rng(seed))
        if stream is not INDEPENDENT:
            drawn = drawn.reshape(samples, stream.frames, *drawn.shape[1:])
    except (MemoryError, ValueError) as error:
        raise InputError(
            f"{samples:,} random samples do not fit into memory", hint="give fewer: --samples"
        ) from error
    return BenchInputs(drawn, np.empty(0, dtype=np.int64), stream)


def load_npz(path: Path, samples: int | None, names: Sequence[str] = ()) -> BenchInputs:
    """Return array `x` (N, ...) and the optional labels `y` (N,) of an .npz file.

    `names`: those of a model with several inputs, which takes an array of each name. With labels,
    `samples` are drawn so that each class keeps its share; without, they are the first. Raises
    DataError.
    """
    arrays = read_npz(path, NPZ_HINT)
    wanted = {"x"} if not names else {*names, *map(short_name, names)}
    taken = {name: each for name, each in arrays.items() if name in wanted}
    if not taken:
        missing = "no array 'x'" if not names else "no array of an input's name"
        raise DataError(
            f"there is {missing}, only {', '.join(sorted(arrays)) or 'none'}",
            where=str(path),
            hint=NPZ_HINT if not names else f"the inputs are {', '.join(names)}",
        )
    for name, x in taken.items():
        if x.ndim == 0 or len(x) == 0:
            raise DataError(f"array '{name}' holds no samples", where=str(path))
        if x.dtype.kind not in "biuf":
            raise DataError(
                f"array '{name}' is {x.dtype}, not real numbers", where=str(path), hint=NPZ_HINT
            )
    y = np.empty(0, dtype=np.int64) if "y" in taken else arrays.get("y", np.empty(0, np.int64))
    rows: slice | np.ndarray = slice(samples)
    if y.size:
        for x in taken.values():
            _check_labels(y, len(x), str(path))
        rows = draw(y, "classification", len(y) if samples is None else samples, seed=0)
    cut = {name: x[rows] for name, x in taken.items()}
    return BenchInputs(cut if names else cut["x"], y[rows] if y.size else y)


def _check_labels(labels: np.ndarray, samples: int, where: str) -> None:
    if labels.shape != (samples,):
        shape = f"{len(labels)} labels" if labels.ndim == 1 else f"labels of shape {labels.shape}"
        raise DataError(f"{samples} samples but {shape}", where=where, hint="one label per sample")
    numbers = labels.dtype.kind in "biuf"
    if not numbers or (labels < 0).any() or (labels != np.floor(labels)).any():
        raise DataError("array 'y' holds no class numbers", where=where, hint=LABELS_HINT)
