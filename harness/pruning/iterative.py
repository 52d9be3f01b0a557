"""Iterative magnitude pruning: prune some, retrain, prune more.

Han et al., Learning both Weights and Connections for Efficient Neural Networks (arXiv:1506.02626).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from harness.pruning.method import Count
from harness.pruning.unstructured import Unstructured

if TYPE_CHECKING:
    from harness.training.trainer import Trainer


class Iterative(Unstructured):
    """`cycles` times, the same share of the weights still left goes and the rest is retrained.

    The learning rate is multiplied by `decay` from cycle to cycle. `epochs` is divided among the
    cycles; what does not divide goes to the last.
    """

    method: Literal["iterative"]
    cycles: Count = 5
    decay: float = Field(default=0.8, strict=True, gt=0, le=1)

    @model_validator(mode="after")
    def _epoch_each(self) -> Self:
        if self.cycles > self.epochs:
            raise ValueError(f"{self.cycles} cycles in {self.epochs} epochs: raise epochs")
        return self

    def apply(self, base: Any, trainer: Trainer) -> Any:
        """Prune and retrain a clone of `base`, cycle by cycle."""
        model = trainer.clone(base)
        masks = self.masks_of(model)
        epochs, rest = divmod(self.epochs, self.cycles)

        def prune(done: float) -> None:
            self.prune(model, masks, trainer, rise=lambda final: 1 - (1 - final) ** done)

        for cycle in range(1, self.cycles + 1):
            prune(cycle / self.cycles)
            self.fit(
                trainer,
                model,
                masks,
                epochs=epochs + rest if cycle == self.cycles else epochs,
                rate_factor=self.decay ** (cycle - 1),
            )
        return model
