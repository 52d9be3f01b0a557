"""The retraining budget, the same for all variants of a plan, and training within it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from harness.pruning.method import Count, LearningRate, Method

if TYPE_CHECKING:
    from harness.training.masks import Masks
    from harness.training.trainer import Trainer


class Budget(BaseModel):
    """`[retrain]` of a plan: the defaults of every variant.

    `epochs` at most; `patience` epochs without progress are a plateau (training/convergence.py).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: Count = 100
    learning_rate: LearningRate = 4e-3
    patience: Count = 15


DEFAULT = Budget()


class Retrained(Method):
    """A method that trains on after pruning. `patience` epochs without progress are a plateau."""

    epochs: Count = DEFAULT.epochs
    learning_rate: LearningRate = DEFAULT.learning_rate
    patience: Count = DEFAULT.patience

    def fit(
        self,
        trainer: Trainer,
        model: Any,
        masks: Masks | None = None,
        *,
        epochs: int | None = None,
        rate_factor: float = 1.0,
        keep_best_from: int = 0,
        before_epoch: Callable[[int], None] | None = None,
    ) -> None:
        """Train `model` within this variant's budget, as `Trainer.fit` does.

        `epochs`: part of the budget, unset all of it; `rate_factor` scales its learning rate.
        """
        trainer.fit(
            model,
            masks,
            epochs=self.epochs if epochs is None else epochs,
            learning_rate=self.learning_rate * rate_factor,
            patience=self.patience,
            keep_best_from=keep_best_from,
            before_epoch=before_epoch,
        )
