"""One model file with its inputs and the reference's outputs."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from harness.codegen import CompiledModel, TensorInfo, compile_model, read_model
from harness.codegen.cores import GENERIC
from harness.codegen.prefer import BALANCED, Prefer
from harness.errors import ModelError
from harness.store import Answer
from harness.workload.answers import kept_outputs, reference_of
from harness.workload.authority import Authority
from harness.workload.choice import Candidate
from harness.workload.fitting import Samples, fit_inputs, output_named, saturated
from harness.workload.model_facts import ModelFacts, facts_of, model_facts


@dataclass(frozen=True)
class Workload:
    """A variant in one dtype, ready for any target.

    `codegen`: the code for any core, until `for_core` compiles it for one, or the engine's refusal:
    other engines may still run the file. `inputs`: (N, ...) in the model's own input dtype and
    shape, batch axis replaced by N; records (N,) of several inputs. `reference`: raw outputs of the
    authority `chosen`, likewise, None where it is not known. `answers`: those of other authorities.
    `saturated`: share of the input values outside of the input's range, which were clamped.
    `scored`: name of the output that is scored, "" of the first. Each `frames` inputs are a sample
    of a stream.
    """

    variant: str
    dtype: str
    tflite: bytes
    codegen: CompiledModel | ModelError
    inputs: np.ndarray
    reference: np.ndarray
    saturated: float = 0.0
    chosen: Candidate | None = None
    answers: tuple[Answer, ...] = ()
    scored: str = ""
    frames: int = 1

    @property
    def scored_output(self) -> TensorInfo:
        """The output that is scored."""
        names, outputs = self.facts.outputs.names, self.facts.outputs.tensors
        return outputs[names.index(self.scored)] if self.scored else outputs[0]

    def for_core(self, core: str, prefer: Prefer = BALANCED) -> Workload:
        """Return the same variant with the kernels for `core` (a TargetSpec's) and `prefer`."""
        if isinstance(self.codegen, ModelError):
            return self
        compiled = _compile(self.variant, self.dtype, self.tflite, core, prefer)
        return replace(self, codegen=compiled)

    @property
    def compiled(self) -> CompiledModel:
        """The code of engine codegen. Raises its ModelError where it refuses the model."""
        if isinstance(self.codegen, ModelError):
            raise self.codegen
        return self.codegen

    @property
    def code(self) -> CompiledModel | None:
        """The code of engine codegen, None where it refuses the model."""
        return None if isinstance(self.codegen, ModelError) else self.codegen

    @cached_property
    def facts(self) -> ModelFacts:
        """The file's name, checksum, input and output: the same for all engines."""
        return _facts(self.variant, self.dtype, self.tflite, self.codegen)

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
    codegen_only: bool = True,
    frames: int = 1,
) -> Workload:
    """Compile the model and run the reference on `samples` (N, ...), real-valued or raw.

    Several inputs have arrays by name (`fitting`). Samples of a stream have the shape
    (N, frames, ...). `scored` names an output, "" the first. `authority`: None chooses by the
    file's operators. Unless `codegen_only`, a model that codegen refuses is returned with that
    refusal. Raises ModelError, InputError where it has no such output, ReferenceFailed, DataError.
    """
    codegen = _codegen_of(variant, dtype, tflite)
    if codegen_only and isinstance(codegen, ModelError):
        raise codegen
    facts = _facts(variant, dtype, tflite, codegen)
    scored = output_named(facts.outputs, scored)
    inputs = fit_inputs(samples, facts, frames)
    found = reference_of(tflite, read_model(tflite), inputs, cache_dir, authority, frames)
    return Workload(
        variant,
        dtype,
        tflite,
        codegen,
        inputs,
        found.outputs,
        saturated(samples, facts),
        found.chosen,
        found.others,
        scored,
        frames,
    )


def reference_outputs(workload: Workload, samples: Samples, cache_dir: Path) -> np.ndarray:
    """Return the same authority's raw outputs (N * frames, ...) to other `samples` (N, ...).

    Raises ModelError, ReferenceFailed, DataError.
    """
    tflite, frames = workload.tflite, workload.frames
    inputs = fit_inputs(samples, workload.facts, frames)
    if workload.chosen is None:
        graph = read_model(tflite)
        return reference_of(tflite, graph, inputs, cache_dir, frames=frames).outputs
    return kept_outputs(tflite, inputs, workload.chosen.authority, cache_dir, frames)


def _compile(
    variant: str, dtype: str, tflite: bytes, core: str = GENERIC, prefer: Prefer = BALANCED
) -> CompiledModel:
    return compile_model(tflite, _name(variant, dtype), core=core, prefer=prefer)


def _codegen_of(variant: str, dtype: str, tflite: bytes) -> CompiledModel | ModelError:
    try:
        return _compile(variant, dtype, tflite)
    except ModelError as error:
        return error


def _facts(
    variant: str, dtype: str, tflite: bytes, codegen: CompiledModel | ModelError
) -> ModelFacts:
    if isinstance(codegen, ModelError):
        return model_facts(tflite, read_model(tflite), _name(variant, dtype))
    return facts_of(codegen)


def _name(variant: str, dtype: str) -> str:
    return f"{variant}_{dtype}"
