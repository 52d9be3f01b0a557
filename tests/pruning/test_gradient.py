"""Scores by gradients."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from harness.pruning.gradient import Gradient
from harness.training.kernels import Kernel


@pytest.mark.parametrize(
    ("criterion", "expected"), [("taylor", [2.0, 12.0]), ("gradient", [2.0, 4.0])]
)
def test_the_criterion_adds_absolute_values_over_batches(
    criterion: Any, expected: list[float]
) -> None:
    weight = np.array([1.0, -3.0])
    kernel = (Kernel("a", "kernel", SimpleNamespace(numpy=lambda: weight), 1),)
    batches = [[np.array([1.0, 2.0])], [np.array([-1.0, -2.0])]]
    trainer: Any = SimpleNamespace(batch_gradients=lambda *_: batches)
    method = Gradient(name="a", method="gradient", criterion=criterion)
    assert method.scores(None, kernel, trainer)[0].tolist() == expected
