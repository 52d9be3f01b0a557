"""Pruning by a score a weight: base of the methods with masks of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from harness.pruning.masked import Masked
from harness.pruning.method import Fraction
from harness.training.targets import Targets

if TYPE_CHECKING:
    import numpy as np

    from harness.training.kernels import Kernel
    from harness.training.masks import Masks
    from harness.training.trainer import Trainer


class Unstructured(Masked):
    """Zeroes the weights that matter least, then retrains the others under that mask.

    `sparsity` is the target of the layers that have none of their own.
    """

    swept: ClassVar[str | None] = "sparsity"

    sparsity: Fraction = 0.8

    @property
    def sparsity_target(self) -> float | None:
        """The sparsity of all layers that have no target of their own."""
        return self.sparsity

    def scores(self, model: Any, kernels: tuple[Kernel, ...], trainer: Trainer) -> list[np.ndarray]:
        """One score a weight, an array of each kernel's shape; the lowest go. |w| by default."""
        return magnitudes(kernels)

    def apply(self, base: Any, trainer: Trainer) -> Any:
        """Prune a clone of `base` at once, then retrain it under the mask."""
        model = trainer.clone(base)
        masks = self.masks_of(model)
        self.prune(model, masks, trainer)
        self.fit(trainer, model, masks)
        return model

    def prune(
        self,
        model: Any,
        masks: Masks,
        trainer: Trainer,
        rise: Callable[[float], float] = lambda sparsity: sparsity,
    ) -> None:
        """Set `masks` by the scores of the present weights; `rise` makes less than the target."""
        targets = Targets(self.sparsity, self.scope, self.layers).rising(rise)
        scores = self.scores(model, masks.kernels, trainer)
        masks.set(self.choose(masks.kernels, scores, targets))


def magnitudes(kernels: tuple[Kernel, ...]) -> list[np.ndarray]:
    """|w| of each kernel."""
    import numpy as np

    return [np.abs(kernel.variable.numpy()) for kernel in kernels]
