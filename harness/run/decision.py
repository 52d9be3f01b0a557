"""Threshold of a model file whose sigmoid outputs say yes or no."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from harness.codegen import read_model
from harness.measure.threshold import LOGIT, PROBABILITY, choose_threshold, takes_threshold
from harness.results.data import real_values
from harness.workload.workload import Workload

BEHIND = ("DEQUANTIZE", "QUANTIZE", "RESHAPE")  # operators that keep the order of values


def decision_of(
    task: str,
    workload: Workload,
    asked: float | Literal["best"] | None,
    trained: float | None,
    outputs: np.ndarray | None,
    labels: np.ndarray,
) -> dict[str, Any]:
    """Return `Artifact.decision` of a file: empty where the greatest output names the class.

    `trained`: threshold of the Keras model, None of a file without one; then it is chosen as the
    plan `asked` by the reference's raw `outputs` (M, ...) to validation samples with `labels`.
    """
    output = workload.compiled.output
    if not takes_threshold(task, int(np.prod(output.sample_shape))):
        return {}
    tuned = asked == "best" and (trained is not None or outputs is not None)
    if trained is None:
        default = PROBABILITY if _ends_in_sigmoid(workload.tflite) else LOGIT
        real = None if outputs is None else real_values(outputs, output)
        trained = choose_threshold(real, labels, asked, default)
    return {"threshold": trained, "tuned": tuned}


def _ends_in_sigmoid(tflite: bytes) -> bool:
    kinds = [operator.kind for operator in read_model(tflite).operators]
    return next((kind for kind in reversed(kinds) if kind not in BEHIND), "") == "LOGISTIC"
