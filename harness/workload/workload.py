"""One model file with its inputs and TensorFlow Lite's outputs."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np

from harness.codegen import CompiledModel, compile_model
from harness.codegen.cores import GENERIC
from harness.durable import read_sealed, write_sealed
from harness.errors import DataError
from harness.workload.reference import quantise_input, run_reference, saturated_share


@dataclass(frozen=True)
class Workload:
    """A variant in one dtype, ready for any target.

    `compiled`: for any core, until `for_core` compiles it for one. `inputs`: (N, ...) in the
    model's own input dtype and shape, batch axis replaced by N. `reference`: (N, ...) raw outputs
    of TensorFlow Lite's reference kernels in the output dtype. `saturated`: share of the input
    values outside of the input's range, which were clamped.
    """

    variant: str
    dtype: str
    tflite: bytes
    compiled: CompiledModel
    inputs: np.ndarray
    reference: np.ndarray
    saturated: float = 0.0

    def for_core(self, core: str) -> Workload:
        """Return the same variant with the fastest kernels on `core` (a TargetSpec's)."""
        return replace(self, compiled=_compile(self.variant, self.dtype, self.tflite, core))

    @property
    def sha256(self) -> str:
        """Digest of the model file."""
        return hashlib.sha256(self.tflite).hexdigest()

    @property
    def gzip_bytes(self) -> int:
        """Size of the model file after gzip -9, without a time stamp."""
        return len(gzip.compress(self.tflite, compresslevel=9, mtime=0))


def prepare(
    *, variant: str, dtype: str, tflite: bytes, samples: np.ndarray, cache_dir: Path
) -> Workload:
    """Compile the model and run the reference on `samples` (N, ...), real-valued or raw.

    float32 samples are quantised by the model's input; samples in the input's dtype are taken as
    they are. Raises ModelError, ReferenceFailed, DataError.
    """
    compiled = _compile(variant, dtype, tflite)
    inputs = fit_inputs(samples, compiled)
    reference = _cached_reference(tflite, inputs, cache_dir)
    saturated = _saturated(samples, inputs, compiled)
    return Workload(variant, dtype, tflite, compiled, inputs, reference, saturated)


def reference_outputs(workload: Workload, samples: np.ndarray, cache_dir: Path) -> np.ndarray:
    """Return the reference's raw outputs (N, ...) to other `samples` (N, ...), as in `prepare`.

    Raises ModelError, ReferenceFailed, DataError.
    """
    return _cached_reference(workload.tflite, fit_inputs(samples, workload.compiled), cache_dir)


def _compile(variant: str, dtype: str, tflite: bytes, core: str = GENERIC) -> CompiledModel:
    return compile_model(tflite, f"{variant}_{dtype}", core=core)


def fit_inputs(samples: np.ndarray, compiled: CompiledModel) -> np.ndarray:
    """Return `samples` in the dtype and shape of the model's input. Raises DataError."""
    wanted = tuple(compiled.input.shape[1:])
    if samples.ndim == 0 or int(np.prod(samples.shape[1:])) != int(np.prod(wanted)):
        raise DataError(
            f"samples of shape {samples.shape[1:]} do not fit the model's input {wanted}",
            hint="one sample a row, in the model's own layout (NHWC)",
        )
    shaped = samples.reshape(len(samples), *wanted)
    if shaped.dtype == np.dtype(compiled.input.dtype) and shaped.dtype != np.float32:
        return np.ascontiguousarray(shaped)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinity
        shaped = shaped.astype(np.float32)
    if not np.isfinite(shaped).all():
        raise DataError(
            "the samples hold NaN, infinity or values beyond float32",
            hint="remove these values",
        )
    source = compiled.input
    if source.scale is None or source.zero_point is None:
        return np.ascontiguousarray(shaped)
    return quantise_input(shaped, source.scale, source.zero_point, source.dtype)


def _saturated(samples: np.ndarray, inputs: np.ndarray, compiled: CompiledModel) -> float:
    source = compiled.input
    if source.scale is None or source.zero_point is None or samples.dtype == inputs.dtype:
        return 0.0
    return saturated_share(samples, source.scale, source.zero_point, source.dtype)


def _cached_reference(tflite: bytes, inputs: np.ndarray, cache_dir: Path) -> np.ndarray:
    digest = hashlib.sha256(tflite)
    digest.update(f"{inputs.dtype}{inputs.shape}".encode() + inputs.tobytes())
    path = cache_dir / "reference" / f"{digest.hexdigest()}.sealed"
    kept = read_sealed(path)
    if kept is not None:
        found: np.ndarray = np.load(BytesIO(kept), allow_pickle=False)
        return found
    outputs = run_reference(tflite, inputs)
    content = BytesIO()
    np.save(content, outputs, allow_pickle=False)
    write_sealed(path, content.getvalue())
    return outputs
