"""Records of the store: runs, model files, cells and their samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import numpy as np

from harness.store.facts import CellFacts
from harness.store.stage import Status


class Tensor(Protocol):
    """A model's input or output: dtype name, shape with the batch axis, affine quantisation."""

    @property
    def dtype(self) -> str: ...  # noqa: D102
    @property
    def shape(self) -> Sequence[int]: ...  # noqa: D102
    @property
    def scale(self) -> float | None: ...  # noqa: D102
    @property
    def zero_point(self) -> int | None: ...  # noqa: D102


@dataclass(frozen=True)
class TensorInfo:
    """A tensor as read back from the store: real value = scale * (stored - zero_point)."""

    dtype: str
    shape: tuple[int, ...]
    scale: float | None = None
    zero_point: int | None = None


@dataclass(frozen=True, order=True)
class CellKey:
    """Identity of a cell in its run."""

    variant: str
    dtype: str
    engine: str
    target: str


@dataclass(frozen=True, eq=False)
class Answer:
    """One authority's raw outputs (N, ...) to the test samples; None with the `reason` for it."""

    authority: str
    version: str
    outputs: np.ndarray | None
    reason: str = ""


@dataclass(frozen=True)
class Artifact:
    """One model file: a variant in one dtype.

    Sizes in bytes, `sparsity` the fraction of zero weights, `macs` those of one
    inference, None where codegen refuses the model.
    `keras_predictions`: what the Keras model says to the test samples (measure/score.py: answers).
    `reference_outputs`: (N, ...) raw outputs of the `authority` of that version in the output's own
    dtype, to the test samples; `validation_outputs`: to the validation samples, None where they
    were not kept. Parity lets `tolerance_lsb` (`tolerance_abs` of float outputs) pass,
    `authority_note` says why. `answers`: those of
    other authorities, and refusals. `output` is the output that is scored, of a model with several
    that of the name `scored`; their raw outputs are records (N,).
    By layer with kernels: `layer_targets` the sparsity asked for, None where none was,
    `layer_sparsity` the one measured, `layer_parameters` weights. `kept_epochs`: of each training
    after another the epoch of `history` whose weights were kept, from 1. `seed_scores`: of the
    float32 Keras model by seed, the first being the one this file is from. `decision`: threshold
    of sigmoid outputs and whether it was `tuned`, empty of other models.
    """

    variant: str
    dtype: str
    method: str
    sparsity_target: float | None
    sparsity: float
    parameters: int
    nonzero_parameters: int
    macs: int | None
    nonzero_macs: int | None
    tflite_bytes: int
    gzip_bytes: int
    header_bytes: int
    sha256: str
    input: Tensor
    output: Tensor
    keras_score: float | None
    keras_predictions: np.ndarray | None
    reference_outputs: np.ndarray
    validation_outputs: np.ndarray | None = None
    history: dict[str, Any] = field(default_factory=dict)
    layer_targets: dict[str, float | None] = field(default_factory=dict)
    layer_sparsity: dict[str, float] = field(default_factory=dict)
    layer_parameters: dict[str, int] = field(default_factory=dict)
    kept_epochs: list[int] = field(default_factory=list)
    seed_scores: dict[str, float] = field(default_factory=dict)
    authority: str = ""
    authority_version: str = ""
    authority_note: str = ""
    tolerance_lsb: int = 0
    tolerance_abs: float = 0.0
    answers: tuple[Answer, ...] = ()
    decision: dict[str, Any] = field(default_factory=dict)
    scored: str = field(default_factory=str)

    def scored_of(self, outputs: np.ndarray) -> np.ndarray:
        """Return the scored output (N, ...) of raw outputs: theirs, or that of records."""
        names = outputs.dtype.names
        found: np.ndarray = outputs[self.scored or names[0]] if names else outputs
        return found

    @property
    def threshold(self) -> float | None:
        """From where sigmoid outputs say yes; None where the greatest output names the class."""
        found = self.decision.get("threshold")
        return None if found is None else float(found)

    @property
    def tuned(self) -> bool:
        """True where the validation split chose the threshold."""
        return bool(self.decision.get("tuned"))


@dataclass(frozen=True)
class SampleRow:
    """One measured inference.

    `index` of the test sample; `calls` of this model since boot (1: the cold call); `count` in the
    cell's latency unit, bracket subtracted; `output`: the raw device output tensor.
    """

    index: int
    calls: int
    count: float
    output: bytes


@dataclass(frozen=True)
class SampleTable:
    """Samples of a cell's newest attempt by rising index: arrays of one length, and bytes."""

    index: np.ndarray
    calls: np.ndarray
    counts: np.ndarray
    outputs: tuple[bytes, ...]


@dataclass(frozen=True)
class CellRecord:
    """A cell with its status; `stage` and `reason` say where and why it failed or was refused.

    `stage` is the name of a Stage as it is stored, "" where the cell did not fail.
    """

    id: int
    key: CellKey
    status: Status
    stage: str
    reason: str
    build_id: str
    attempts: int
    facts: CellFacts

    @property
    def settled(self) -> bool:
        """True where the cell is ok or refused: a resumed run skips it."""
        return self.status in ("ok", "refused")


@dataclass(frozen=True)
class RunRecord:
    """A run; times are UTC.

    `labels` of the test samples, empty where unknown: classes (N,), values (N, k), or 1 (N,) for
    an anomaly. `samples` (N, ...) real-valued, only of an anomaly task: outputs are held to them.
    `validation_labels`: those of the validation samples, None where no outputs to them are kept.
    """

    id: int
    plan_name: str
    plan_text: str
    plan_digest: str
    provenance: dict[str, Any]
    labels: np.ndarray
    classes: int
    started: datetime
    finished: datetime | None
    task: str = "classification"
    samples: np.ndarray | None = None
    validation_labels: np.ndarray | None = None
