"""Models with so many mistakes each, and the verdict on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.report.verdict import Verdict, verdicts
from tests.report.runs import CLASSES, Model, make_data, make_frame, right

LABELS = np.arange(2000) % CLASSES
FEW = np.arange(300) % CLASSES


def model(variant: str, wrong: Sequence[int], latency: float | None = 1000, **more: Any) -> Model:
    """A model that errs on the places `wrong` of LABELS, or of FEW with `few`."""
    labels = FEW if more.pop("few", False) else LABELS
    return Model(variant, right(labels, wrong), latency, **more)


def original(wrong: int = 20, latency: float = 1000, **more: Any) -> Model:
    return model("original", range(wrong), latency, **more)


def only(*models: Model, labels: np.ndarray = LABELS, tolerance: float = 0.01,
         held: np.ndarray | None = None) -> Verdict:  # fmt: skip
    data = make_data(labels, models, held)
    (verdict,) = verdicts(data, make_frame(data), tolerance)
    return verdict
