"""Inputs of `harness bench`: random ones, or samples and labels from an .npz file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from harness.data.sampling import draw
from harness.errors import DataError, InputError
from harness.measure.metric import Pooling
from harness.measure.streams import FRAMES_HINT, INDEPENDENT, Stream
from harness.workload.model_facts import Exchanged
from harness.workload.npz import read_npz

RANDOM_SAMPLES = 20
RANDOM_FRAMES = 10  # of a stream's sample
RANDOM_NAME = "random inputs"
NPZ_HINT = "write it with numpy.savez(path, x=samples, y=labels)"
LABELS_HINT = "labels are whole numbers from 0: the place of the class in the model's output"


@dataclass(frozen=True)
class BenchInputs:
    """Samples (N, ...), real-valued or raw, and labels (N,), empty where unknown.

    Samples of a `stream` have the shape (N, frames, ...).
    """

    samples: np.ndarray
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

    def read(self, compiled: Exchanged) -> BenchInputs:
        """Return inputs for the model. Raises DataError, InputError."""
        if self.data:
            return self._framed(load_npz(self.data, self.samples))
        frames = () if self.stream is None else (RANDOM_FRAMES,)
        count = self.samples or RANDOM_SAMPLES
        return self._framed(random_inputs(compiled, count, self.seed, frames))

    def _framed(self, found: BenchInputs) -> BenchInputs:
        if self.stream is None:
            return found
        if found.samples.ndim < 2 or not found.samples.shape[1]:
            raise DataError(
                f"samples of shape {found.samples.shape[1:]} have no frames",
                where=str(self.data),
                hint=FRAMES_HINT,
            )
        return replace(found, stream=Stream(found.samples.shape[1], self.stream))


def random_inputs(
    compiled: Exchanged, samples: int, seed: int, frames: tuple[int, ...] = ()
) -> BenchInputs:
    """Return uniform inputs: the whole range of an integer type, [-1, 1) for float32 models."""
    generator = np.random.default_rng(seed)
    shape = (samples, *frames, *compiled.input.sample_shape)
    try:
        if compiled.input.dtype != "float32":
            low, high = np.iinfo(compiled.input.dtype).min, np.iinfo(compiled.input.dtype).max
            drawn = generator.integers(low, high, shape, compiled.input.dtype, endpoint=True)
        else:
            drawn = generator.uniform(-1, 1, shape).astype(np.float32)
    except (MemoryError, ValueError) as error:
        raise InputError(
            f"{samples:,} random samples do not fit into memory", hint="give fewer: --samples"
        ) from error
    return BenchInputs(drawn, np.empty(0, dtype=np.int64))


def load_npz(path: Path, samples: int | None) -> BenchInputs:
    """Return array `x` (N, ...) and the optional labels `y` (N,) of an .npz file.

    With labels, `samples` are drawn so that each class keeps its share; without, they are the
    first. Raises DataError.
    """
    arrays = read_npz(path, NPZ_HINT)
    if "x" not in arrays:
        raise DataError(
            f"there is no array 'x', only {', '.join(sorted(arrays)) or 'none'}",
            where=str(path),
            hint=NPZ_HINT,
        )
    x, y = arrays["x"], arrays.get("y", np.empty(0, dtype=np.int64))
    if x.ndim == 0 or len(x) == 0:
        raise DataError("array 'x' holds no samples", where=str(path))
    if x.dtype.kind not in "biuf":
        raise DataError(f"array 'x' is {x.dtype}, not real numbers", where=str(path), hint=NPZ_HINT)
    if y.size:
        _check_labels(y, len(x), str(path))
    if not y.size:
        return BenchInputs(x[:samples], y)
    rows = draw(y, "classification", len(y) if samples is None else samples, seed=0)
    return BenchInputs(x[rows], y[rows])


def _check_labels(labels: np.ndarray, samples: int, where: str) -> None:
    if labels.shape != (samples,):
        shape = f"{len(labels)} labels" if labels.ndim == 1 else f"labels of shape {labels.shape}"
        raise DataError(f"{samples} samples but {shape}", where=where, hint="one label per sample")
    numbers = labels.dtype.kind in "biuf"
    if not numbers or (labels < 0).any() or (labels != np.floor(labels)).any():
        raise DataError("array 'y' holds no class numbers", where=where, hint=LABELS_HINT)
