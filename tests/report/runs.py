"""Runs made up cell by cell, for tests of what a report says about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from harness.results.data import CellData, RunData, answers_of
from harness.results.table import frame_of
from harness.store import (
    Artifact,
    CellFacts,
    CellKey,
    CellRecord,
    RunRecord,
    SampleTable,
    TensorInfo,
)

CLASSES = 10


@dataclass(frozen=True)
class Model:
    """A measured cell; `said` are the classes that the device names, `held` to the validation."""

    variant: str
    said: np.ndarray
    latency: float | None = 1000.0
    dtype: str = "int8"
    target: str = "m4"
    engine: str = "codegen"
    status: Any = "ok"
    flash: int | None = 100
    arena: int | None = 50
    parameters: int = 1000
    off: int = 0  # LSB by which the device differs from the reference in one output
    held: np.ndarray | None = None
    outputs: np.ndarray | None = None  # instead of those that `said` gives
    reference: np.ndarray | None = None  # instead of that
    facts: dict[str, Any] = field(default_factory=dict)


def right(labels: np.ndarray, wrong: Sequence[int]) -> np.ndarray:
    """The labels, with the next class at the places `wrong`."""
    said = labels.copy()
    said[list(wrong)] = (said[list(wrong)] + 1) % CLASSES
    return said


def one_hot(said: np.ndarray, dtype: str) -> np.ndarray:
    """Outputs (N, CLASSES) that name `said` clearly."""
    outputs = np.zeros((len(said), CLASSES), np.float32)
    outputs[np.arange(len(said)), said] = 1
    return outputs if dtype in ("float32", "dynamic") else (outputs * 100).astype(np.int8)


def make_data(
    labels: np.ndarray, models: Sequence[Model], held: np.ndarray | None = None, **run: Any
) -> RunData:
    """A run of `models` on test samples with `labels` and validation samples labelled `held`."""
    record = RunRecord(
        id=1, plan_name="p", plan_text="", plan_digest="d", provenance={}, labels=labels,
        classes=CLASSES, started=datetime(2026, 1, 1, tzinfo=UTC), finished=None,
        validation_labels=held,
    )  # fmt: skip
    record = replace(record, **run)
    cells = [_cell(record, number, model) for number, model in enumerate(models)]
    artifacts = {(each.record.key.variant, each.record.key.dtype): each.artifact for each in cells}
    return RunData(record, [item for item in artifacts.values() if item is not None], cells)


def make_frame(data: RunData) -> pd.DataFrame:
    """The table of the run."""
    return frame_of(data)


def _cell(run: RunRecord, number: int, model: Model) -> CellData:
    artifact = _artifact(model)
    count = len(model.said)
    reference = artifact.reference_outputs
    outputs = reference.copy() if model.outputs is None else model.outputs
    if model.off:
        outputs[0, 0] += model.off
    latency = np.full(count, np.nan if model.latency is None else model.latency)
    samples = SampleTable(
        index=np.arange(count), calls=np.arange(count) + 2, counts=latency,
        outputs=tuple(row.tobytes() for row in outputs),
    )  # fmt: skip
    facts = CellFacts(
        timing_kind="cycle-accurate", latency_unit="cycles", flash_bytes=model.flash,
        arena_bytes=model.arena,
    )  # fmt: skip
    key = CellKey(model.variant, model.dtype, model.engine, model.target)
    record = CellRecord(number, key, model.status, "", "", "b", 1, replace(facts, **model.facts))
    if model.status != "ok":
        return CellData(record, artifact, samples, None, None)
    said = answers_of(run, artifact, outputs, samples.index)
    return CellData(record, artifact, samples, outputs, said)


def _artifact(model: Model) -> Artifact:
    info = TensorInfo("int8", (1, CLASSES), 0.01, 0)
    if model.dtype in ("float32", "dynamic"):
        info = TensorInfo("float32", (1, CLASSES))
    return Artifact(
        variant=model.variant, dtype=model.dtype,
        method="none" if model.variant == "original" else "magnitude",
        sparsity_target=None, sparsity=0.0, parameters=model.parameters,
        nonzero_parameters=model.parameters, macs=1, nonzero_macs=1, tflite_bytes=1, gzip_bytes=1,
        header_bytes=1, sha256="0" * 64, input=info, output=info, keras_score=None,
        keras_predictions=None, reference_outputs=(
            one_hot(model.said, model.dtype) if model.reference is None else model.reference
        ),
        validation_outputs=None if model.held is None else one_hot(model.held, model.dtype),
    )  # fmt: skip
