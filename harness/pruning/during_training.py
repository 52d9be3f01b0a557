"""Pruning while a fresh model is trained.

The schedule is that of Zhu and Gupta, To prune, or not to prune (arXiv:1710.01878).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from harness.pruning.method import Count, NonNegative
from harness.pruning.retrained import DEFAULT
from harness.pruning.unstructured import Unstructured

if TYPE_CHECKING:
    from harness.training.trainer import Trainer


class DuringTraining(Unstructured):
    """Trains from scratch; every `frequency` epochs more of the smallest weights are zeroed.

    Sparsity rises along a cubic from `begin_epoch` to `end_epoch` (unset: three quarters of
    `epochs`); the best epoch under the final mask is kept, `patience` counts from there.
    """

    from_scratch: ClassVar[bool] = True

    method: Literal["during_training"]
    begin_epoch: NonNegative = 0
    end_epoch: Count | None = None
    frequency: Count = 5
    epochs: int = Field(default=DEFAULT.epochs, strict=True, gt=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.begin_epoch < self._end < self.epochs:
            raise ValueError(
                f"begin_epoch {self.begin_epoch}, end_epoch {self._end} and epochs {self.epochs} "
                "have to rise"
            )
        return self

    @property
    def _end(self) -> int:
        return self.end_epoch or max(1, self.epochs * 3 // 4)

    def apply(self, base: Any, trainer: Trainer) -> Any:
        """Train a model of the layers of `base` but none of its weights."""
        model = trainer.fresh(base)
        masks = self.masks_of(model)
        length = self._end - self.begin_epoch

        def before_epoch(epoch: int) -> None:
            done = epoch - self.begin_epoch
            if 0 < done <= length and (done % self.frequency == 0 or done == length):
                left = (1 - done / length) ** 3
                self.prune(model, masks, trainer, rise=lambda final: final * (1 - left))

        self.fit(trainer, model, masks, keep_best_from=self._end, before_epoch=before_epoch)
        return model
