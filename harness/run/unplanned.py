"""Runs without a plan: of a model file, a camera, a sketch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from harness.codegen import read_model
from harness.codegen.weights import count_weights
from harness.results.data import MODEL_FILE
from harness.run.artifact import describe
from harness.store import Store
from harness.workload.workload import Workload

_NO_LABELS = np.empty(0, np.int64)


def begin_unplanned(
    store: Store,
    name: str,
    provenance: Mapping[str, Any],
    *,
    digest: str = "",
    labels: np.ndarray = _NO_LABELS,
    classes: int = 0,
) -> int:
    """Append a run without a plan and return its id; `digest` identifies what it measures."""
    return store.begin_run(
        plan_name=name,
        plan_text="",
        plan_digest=digest,
        provenance=dict(provenance),
        labels=labels,
        classes=classes,
    )


def put_model_file(store: Store, run_id: int, workload: Workload) -> None:
    """Append the record of a model file that the harness did not train."""
    weights = count_weights(read_model(workload.tflite))
    artifact = describe(
        workload,
        method=MODEL_FILE,
        sparsity_target=None,
        sparsity=weights.sparsity,
        parameters=weights.parameters,
        nonzero_parameters=weights.nonzero_parameters,
        keras_score=None,
        keras_predictions=None,
    )
    store.put_artifact(run_id, artifact)
