"""One model file with its inputs and the reference's outputs."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from harness.codegen import CompiledModel, compile_model, read_model
from harness.codegen.cores import GENERIC
from harness.codegen.prefer import BALANCED, Prefer
from harness.errors import DataError
from harness.store import Answer
from harness.workload.answers import kept_outputs, reference_of
from harness.workload.authority import Authority
from harness.workload.choice import Candidate
from harness.workload.reference import quantise_input, saturated_share


@dataclass(frozen=True)
class Workload:
    """A variant in one dtype, ready for any target.

    `compiled`: for any core, until `for_core` compiles it for one. `inputs`: (N, ...) in the
    model's own input dtype and shape, batch axis replaced by N. `reference`: (N, ...) raw outputs
    of the authority `chosen` in the output dtype, None where it is not known. `answers`: those of
    other authorities. `saturated`: share of the input values outside of the input's range, which
    were clamped.
    """

    variant: str
    dtype: str
    tflite: bytes
    compiled: CompiledModel
    inputs: np.ndarray
    reference: np.ndarray
    saturated: float = 0.0
    chosen: Candidate | None = None
    answers: tuple[Answer, ...] = ()

    def for_core(self, core: str, prefer: Prefer = BALANCED) -> Workload:
        """Return the same variant with the kernels for `core` (a TargetSpec's) and `prefer`."""
        compiled = _compile(self.variant, self.dtype, self.tflite, core, prefer)
        return replace(self, compiled=compiled)

    @property
    def sha256(self) -> str:
        """Digest of the model file."""
        return hashlib.sha256(self.tflite).hexdigest()

    @property
    def gzip_bytes(self) -> int:
        """Size of the model file after gzip -9, without a time stamp."""
        return len(gzip.compress(self.tflite, compresslevel=9, mtime=0))


def prepare(
    *,
    variant: str,
    dtype: str,
    tflite: bytes,
    samples: np.ndarray,
    cache_dir: Path,
    authority: Authority | None = None,
) -> Workload:
    """Compile the model and run the reference on `samples` (N, ...), real-valued or raw.

    float32 samples are quantised by the model's input; samples in the input's dtype are taken as
    they are. `authority`: None chooses by the file's operators. Raises ModelError,
    ReferenceFailed, DataError.
    """
    compiled = _compile(variant, dtype, tflite)
    inputs = fit_inputs(samples, compiled)
    found = reference_of(tflite, read_model(tflite), inputs, cache_dir, authority)
    saturated = _saturated(samples, inputs, compiled)
    return Workload(
        variant,
        dtype,
        tflite,
        compiled,
        inputs,
        found.outputs,
        saturated,
        found.chosen,
        found.others,
    )


def reference_outputs(workload: Workload, samples: np.ndarray, cache_dir: Path) -> np.ndarray:
    """Return the same authority's raw outputs (N, ...) to other `samples` (N, ...).

    Raises ModelError, ReferenceFailed, DataError.
    """
    inputs = fit_inputs(samples, workload.compiled)
    if workload.chosen is None:
        return reference_of(workload.tflite, read_model(workload.tflite), inputs, cache_dir).outputs
    return kept_outputs(workload.tflite, inputs, workload.chosen.authority, cache_dir)


def _compile(
    variant: str, dtype: str, tflite: bytes, core: str = GENERIC, prefer: Prefer = BALANCED
) -> CompiledModel:
    return compile_model(tflite, f"{variant}_{dtype}", core=core, prefer=prefer)


def fit_inputs(samples: np.ndarray, compiled: CompiledModel) -> np.ndarray:
    """Return `samples` in the dtype and shape of the model's input. Raises DataError."""
    wanted = compiled.input.sample_shape
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
