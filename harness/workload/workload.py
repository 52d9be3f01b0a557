"""One model file with its inputs and the reference's outputs."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from harness.codegen import CompiledModel, TensorInfo, compile_model, read_model
from harness.codegen.cores import GENERIC
from harness.store import Answer
from harness.workload.answers import kept_outputs, reference_of
from harness.workload.authority import Authority
from harness.workload.choice import Candidate
from harness.workload.fitting import Samples, fit_inputs, output_named, saturated


@dataclass(frozen=True)
class Workload:
    """A variant in one dtype, ready for any target.

    `compiled`: for any core, until `for_core` compiles it for one. `inputs`: (N, ...) in the
    model's own input dtype and shape, batch axis replaced by N; records (N,) of several inputs.
    `reference`: raw outputs of the authority `chosen`, likewise, None where it is not known.
    `answers`: those of other authorities. `saturated`: share of the input values outside of the
    input's range, which were clamped. `scored`: name of the output that is scored, "" of the first.
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
    scored: str = ""

    @property
    def scored_output(self) -> TensorInfo:
        """The output that is scored."""
        names, outputs = self.compiled.outputs.names, self.compiled.outputs.tensors
        return outputs[names.index(self.scored)] if self.scored else outputs[0]

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
    *,
    variant: str,
    dtype: str,
    tflite: bytes,
    samples: Samples,
    cache_dir: Path,
    authority: Authority | None = None,
    scored: str = "",
) -> Workload:
    """Compile the model and run the reference on `samples` (N, ...), real-valued or raw.

    Several inputs have arrays by name (`fitting`). `scored` names an output, "" the first.
    `authority`: None chooses by the file's operators. Raises ModelError, InputError where it has no
    such output, ReferenceFailed, DataError.
    """
    compiled = _compile(variant, dtype, tflite)
    scored = output_named(compiled.outputs, scored)
    inputs = fit_inputs(samples, compiled)
    found = reference_of(tflite, read_model(tflite), inputs, cache_dir, authority)
    return Workload(
        variant,
        dtype,
        tflite,
        compiled,
        inputs,
        found.outputs,
        saturated(samples, compiled),
        found.chosen,
        found.others,
        scored,
    )


def reference_outputs(workload: Workload, samples: Samples, cache_dir: Path) -> np.ndarray:
    """Return the same authority's raw outputs (N, ...) to other `samples` (N, ...).

    Raises ModelError, ReferenceFailed, DataError.
    """
    inputs = fit_inputs(samples, workload.compiled)
    if workload.chosen is None:
        return reference_of(workload.tflite, read_model(workload.tflite), inputs, cache_dir).outputs
    return kept_outputs(workload.tflite, inputs, workload.chosen.authority, cache_dir)


def _compile(variant: str, dtype: str, tflite: bytes, core: str = GENERIC) -> CompiledModel:
    return compile_model(tflite, f"{variant}_{dtype}", core=core)
