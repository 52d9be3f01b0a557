"""An export's content: a model compiled for a target, vectors of its self-test, figures."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any, Literal

import numpy as np

from harness.boards.catalogue import TargetSpec
from harness.codegen import CompiledModel
from harness.errors import ModelError

_MOST_BYTES = 32_768  # of vectors
_TYPES = ("float32", "int8", "int16")  # of inputs and outputs that a library's functions take
_FLASH_SHARE = 16  # vectors take at most this part of the target's flash


def check_interface(compiled: CompiledModel) -> None:
    """Raise ModelError for a model whose interface a library does not offer."""
    compiled.require_single("an exported library")
    for tensor in (compiled.input, compiled.output):
        plain = tensor.dtype == "float32" or tensor.scale is not None
        if tensor.dtype not in _TYPES or not plain:
            raise ModelError(
                f"an exported library takes and gives {', '.join(_TYPES)} with a scale, "
                f"{tensor.name} is {tensor.dtype}{'' if plain else ' without one'}",
                where=compiled.name,
                hint="`harness codegen` writes the header alone",
            )


@dataclass(frozen=True)
class Vectors:
    """Raw `inputs` (N, ...) and `outputs` (N, ...) in the model's own dtypes.

    `source`: "device" where the target itself gave the outputs, "reference" where TensorFlow Lite
    did. `counts` (N,) in the target's latency unit, None without a measurement. Each `frames`
    vectors are a sequence, within which the model keeps its state.
    """

    inputs: np.ndarray
    outputs: np.ndarray
    source: Literal["device", "reference"]
    counts: np.ndarray | None = None
    frames: int = 1

    @property
    def npz(self) -> bytes:
        """The arrays `inputs` and `outputs` as a file of NumPy."""
        content = BytesIO()
        np.savez(content, allow_pickle=False, inputs=self.inputs, outputs=self.outputs)
        return content.getvalue()

    def first(self, count: int, flash_bytes: int) -> Vectors:
        """Return at most `count` vectors, fewer where they would take too much flash."""
        budget = min(_MOST_BYTES, flash_bytes // _FLASH_SHARE)
        each = self.inputs[:1].nbytes + self.outputs[:1].nbytes
        fit = slice(max(1, min(count, len(self.inputs), budget // each)))
        counts = None if self.counts is None else self.counts[fit]
        inputs, outputs = self.inputs[fit], self.outputs[fit]
        return replace(self, inputs=inputs, outputs=outputs, counts=counts)


@dataclass(frozen=True)
class Figures:
    """Figures of the measured cell: `quality` a fraction of `metric`; sizes in bytes."""

    metric: str
    quality: float | None
    samples: int
    latency: float
    unit: str
    kind: str
    flash_bytes: int | None
    compiler: str


@dataclass(frozen=True)
class Shipment:
    """A model under the C name `name`; `figures` None where it was not measured on the target.

    `origin`: run, plan and versions, for the manifest.
    """

    name: str
    title: str
    spec: TargetSpec
    tflite: bytes
    compiled: CompiledModel
    vectors: Vectors
    figures: Figures | None
    classes: tuple[str, ...] = ()
    origin: dict[str, Any] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Digest of the model file."""
        return hashlib.sha256(self.tflite).hexdigest()

    def with_vectors(self, count: int) -> Shipment:
        """Return the same with at most `count` vectors, and no more than the flash has room for."""
        return replace(self, vectors=self.vectors.first(count, self.spec.flash_bytes))
