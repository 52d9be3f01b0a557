"""Pruning by a score a weight: what the methods with masks of their own have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from harness.pruning.masked import Masked
from harness.pruning.method import Fraction

if TYPE_CHECKING:
    import numpy as np

    from harness.training.masks import Kernel, Masks
    from harness.training.trainer import Trainer


class Unstructured(Masked):
    """Zeroes the weights that matter least, then retrains the others under that mask.

    `sparsity` is the target of the layers that have none of their own.
    """

    sparsity: Fraction = 0.8

    @property
    def sparsity_target(self) -> float | None:
        """The sparsity of all layers that have no target of their own."""
        return self.sparsity

    @abstractmethod
    def scores(self, model: Any, kernels: tuple[Kernel, ...], trainer: Trainer) -> list[np.ndarray]:
        """How much each weight matters, one array a kernel; the lowest scores are pruned."""

    def apply(self, base: Any, trainer: Trainer) -> Any:
        """Prune a clone of `base` at once, then retrain it under the mask."""
        model = trainer.clone(base)
        masks = self.masks_of(model)
        self.prune(model, masks, trainer)
        self.retrain(model, masks, trainer, self.epochs)
        return model

    def masks_of(self, model: Any) -> Masks:
        """Masks over the kernels of `model` that this method prunes, all weights kept."""
        from harness.training.masks import Masks

        return Masks(self.kernels(model))

    def prune(
        self,
        model: Any,
        masks: Masks,
        trainer: Trainer,
        rise: Callable[[float], float] = lambda sparsity: sparsity,
    ) -> None:
        """Set `masks` by the scores of the present weights; `rise` makes less than the target."""
        from harness.training.masks import Targets

        targets = Targets(self.sparsity, self.scope, self.layers).rising(rise)
        scores = self.scores(model, masks.kernels, trainer)
        masks.set(self.choose(masks.kernels, scores, targets))

    def retrain(
        self, model: Any, masks: Masks, trainer: Trainer, epochs: int, factor: float = 1.0
    ) -> None:
        """Train under fixed masks with `learning_rate` times `factor`; the best epoch is kept."""
        trainer.fit(
            model,
            masks,
            epochs=epochs,
            learning_rate=self.learning_rate * factor,
            patience=self.patience,
        )


def magnitudes(kernels: tuple[Kernel, ...]) -> list[np.ndarray]:
    """|w| of each kernel."""
    import numpy as np

    return [np.abs(kernel.variable.numpy()) for kernel in kernels]
