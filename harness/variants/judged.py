"""A trained model's answers to the test split, and its scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from harness.data.dataset import Dataset, Split
from harness.measure.score import answers, score
from harness.measure.threshold import choose_threshold
from harness.training.objective import default_threshold
from harness.training.trainer import Trainer


@dataclass(frozen=True, eq=False)
class Judged:
    """Answers to the test split, scores on it and on the validation split, and the threshold.

    `on_validation` is None of an anomaly task, which has no anomalies there; `threshold` where
    the answers need none.
    """

    answers: np.ndarray
    on_test: float
    on_validation: float | None
    threshold: float | None


def judge(
    model: Any, trainer: Trainer, data: Dataset, asked: float | Literal["best"] | None
) -> Judged:
    """Judge a trained model; `asked` is the plan's threshold."""
    on_validation, threshold = None, None
    if data.task != "anomaly":
        outputs = trainer.predict(model, data.validation)
        default = default_threshold(model, data.task)
        if default is not None:
            threshold = choose_threshold(outputs, data.validation.y, asked, default)
        _, on_validation = _judged(data.task, outputs, data.validation, threshold)
    said, on_test = _judged(data.task, trainer.predict(model), data.test, threshold)
    return Judged(said, on_test, on_validation, threshold)


def _judged(
    task: str, outputs: np.ndarray, split: Split, threshold: float | None
) -> tuple[np.ndarray, float]:
    said = answers(task, outputs, split.x, threshold)
    return said, score(task, said, split.y).value
