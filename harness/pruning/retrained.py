"""How long a variant may be retrained: the same for all of a plan, in one place."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from harness.pruning.method import Count, LearningRate, Method


class Budget(BaseModel):
    """`[retrain]` of a plan: what every variant gets that does not say otherwise.

    `epochs` at most; `patience` is what Convergence calls a plateau.
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
