"""Gradients of the loss, batch by batch of the training split."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from harness.data.dataset import Dataset
from harness.training.objective import Objective
from harness.training.outputs import scored


def batches(data: Dataset, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Samples (size, ...) of the training split with their goals, in order; the last is smaller."""
    x, goals = data.train.x, data.goals(data.train)
    for start in range(0, len(x), size):
        yield x[start : start + size], goals[start : start + size]


def batch_gradients(
    model: Any, variables: Sequence[Any], data: Dataset, size: int
) -> Iterator[list[np.ndarray]]:
    """For each batch the gradients of its mean loss, one array a variable, of its shape."""
    import tensorflow as tf

    objective = Objective(data, model)

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def gradients(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            value = objective.loss(y, scored(model(x, training=False)))
        found = tape.gradient(value, list(variables), unconnected_gradients="zero")
        return [tf.convert_to_tensor(part) for part in found]  # rows of a table come sparse

    for x, y in batches(data, size):
        yield [part.numpy() for part in gradients(x, y)]
