"""Pruning after training with a weight penalty: base of `l1` and `l2`.

Han et al., Learning both Weights and Connections for Efficient Neural Networks (arXiv:1506.02626)
compare both penalties.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, model_validator

from harness.pruning.method import Count
from harness.pruning.retrained import DEFAULT
from harness.pruning.unstructured import Unstructured

if TYPE_CHECKING:
    from harness.training.trainer import Trainer


class Regularised(Unstructured):
    """Trains with a penalty on the kernels, thresholds, and retrains without it under the mask.

    `penalty_epochs` of the `epochs` go to the first step; unset, half of them.
    """

    strength: float = Field(default=1e-3, strict=True, gt=0, le=1)
    penalty_epochs: Count | None = None
    epochs: int = Field(default=DEFAULT.epochs, strict=True, gt=1)

    @model_validator(mode="after")
    def _epochs_left(self) -> Self:
        if self._first >= self.epochs:
            raise ValueError(f"penalty_epochs {self._first} leaves none of {self.epochs} epochs")
        return self

    @property
    def _first(self) -> int:
        return self.penalty_epochs or self.epochs // 2

    @abstractmethod
    def regularizer(self) -> Any:
        """The Keras regulariser of each kernel."""

    def apply(self, base: Any, trainer: Trainer) -> Any:
        """Move the weights of `base` under the penalty, prune them and retrain."""
        penalised = self._penalised(base, trainer)
        masks = self.masks_of(penalised)
        self.fit(trainer, penalised, masks, epochs=self._first, keep_best_from=self._first)
        model = trainer.clone(base)
        model.set_weights(penalised.get_weights())
        masks = self.masks_of(model)
        self.prune(model, masks, trainer)
        self.fit(trainer, model, masks, epochs=self.epochs - self._first)
        return model

    def _penalised(self, model: Any, trainer: Trainer) -> Any:
        """A clone with the penalty of each kernel among its losses.

        Keras reads a layer's own regulariser when it builds the layer: set later it does nothing.
        """
        penalised, penalty = trainer.clone(model), self.regularizer()
        for kernel in self.kernels(penalised):
            penalised.add_loss(partial(penalty, kernel.variable))
        return penalised
