"""When training has converged: the one rule that every fit of every method follows."""

from __future__ import annotations

from enum import Enum
from typing import Any

import numpy as np

DROP = 0.1
"""Factor of the learning rate on the first plateau."""


class NextStep(Enum):
    """The decision after an epoch."""

    GO_ON = "go on"
    LOWER = "go on from the best weights at a lowered learning rate"
    STOP = "stop"


class Convergence:
    """Keeps the weights of the epoch with the least validation loss, from epoch `first` on.

    `patience` epochs without a better one are a plateau. On the first the learning rate drops to a
    tenth, from the best weights on; on the second training has converged. Without `patience` it
    never stops early. Keras' EarlyStopping and ReduceLROnPlateau cannot be told to disregard the
    epochs in which sparsity still rises: an early, dense epoch would win. `kept_epoch` is the one
    whose weights are kept, from 0, None before there is one.
    """

    def __init__(self, model: Any, *, first: int, patience: int | None) -> None:
        self._model = model
        self._first = first
        self._patience = patience
        self._least = float("inf")
        self._kept: list[np.ndarray] | None = None
        self.kept_epoch: int | None = None
        self._since = 0
        self._lowered = False

    def after(self, epoch: int, loss: float) -> NextStep:
        """Take note of an epoch, counted from 0, and its validation loss."""
        if epoch < self._first:
            return NextStep.GO_ON
        if loss < self._least:
            self._least, self._since = loss, 0
            self._kept, self.kept_epoch = self._model.get_weights(), epoch
            return NextStep.GO_ON
        self._since += 1
        if self._patience is None or self._since < self._patience:
            return NextStep.GO_ON
        if self._lowered:
            return NextStep.STOP
        self._lowered, self._since = True, 0
        self.restore()
        return NextStep.LOWER

    def restore(self) -> None:
        """Give the model the weights kept; those it has where every loss was NaN."""
        if self._kept is not None:
            self._model.set_weights(self._kept)
