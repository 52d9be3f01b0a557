"""What the methods that prune single weights have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from harness.errors import InputError
from harness.variants.method import Count, Fraction, LearningRate, Method
from harness.variants.nearest import nearest

if TYPE_CHECKING:
    import numpy as np

    from harness.variants.masks import Kernel, Masks
    from harness.variants.training import Trainer


class Unstructured(Method):
    """Zeroes the weights that matter least, then retrains the others under that mask.

    `sparsity` is that of every layer (`scope` "layer") or over all layers together ("global").
    `layers` gives layers a target of their own, `exclude` keeps layers dense; both are outside the
    global count. `on_disconnect` decides what happens where a layer, or a unit of the last one,
    would lose all its weights: "keep" keeps the best one, "refuse" is a TrainingError.
    `epochs` is all the retraining there is, at most; with `patience` it stops early.
    """

    sparsity: Fraction = 0.8
    scope: Literal["layer", "global"] = "layer"
    layers: dict[str, Fraction] = Field(default={})
    exclude: tuple[str, ...] = ()
    on_disconnect: Literal["keep", "refuse"] = "keep"
    epochs: Count = 120
    learning_rate: LearningRate = 2e-3
    patience: Count | None = None

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        both = [name for name in self.exclude if name in self.layers]
        if both:
            raise ValueError(f"layer '{both[0]}' stands under layers and under exclude")
        return self

    @property
    def sparsity_target(self) -> float | None:
        """The sparsity of all layers that have no target of their own."""
        return self.sparsity

    def layer_target(self, layer: str) -> float | None:
        """Its own target, that of all layers, or None: kept dense, or a share of a global count."""
        if layer in self.exclude:
            return None
        return self.layers.get(layer, self.sparsity if self.scope == "layer" else None)

    def check(self, model: Any) -> None:
        """Raise InputError on a layer that `model` lacks, or that has no kernel."""
        from harness.variants.masks import find_kernels

        kernels = dict.fromkeys(kernel.layer for kernel in find_kernels(model))
        for key, names in (("layers", self.layers), ("exclude", self.exclude)):
            for name in names:
                if name not in kernels:
                    raise InputError(
                        f"{self._missing(name, model)}{nearest(name, kernels)}",
                        where=f"variant {self.name}, {key}",
                        hint=f"layers with weights to prune: {', '.join(kernels)}",
                    )
        if not find_kernels(model, self.exclude):
            raise InputError(
                "no layer is left to prune",
                where=f"variant {self.name}",
                hint=f"all layers with weights are excluded: {', '.join(kernels) or 'none'}",
            )

    def _missing(self, name: str, model: Any) -> str:
        if any(layer.name == name for layer in model.layers):
            return f"layer '{name}' has no weights to prune"
        return f"there is no layer '{name}'"

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
        from harness.variants.masks import Masks, find_kernels

        return Masks(find_kernels(model, self.exclude))

    def prune(
        self,
        model: Any,
        masks: Masks,
        trainer: Trainer,
        rise: Callable[[float], float] = lambda sparsity: sparsity,
    ) -> None:
        """Set `masks` by the scores of the present weights; `rise` makes less than the target."""
        from harness.variants.masks import Targets, choose_masks

        targets = Targets(self.sparsity, self.scope, self.layers).rising(rise)
        masks.set(
            choose_masks(
                masks.kernels,
                self.scores(model, masks.kernels, trainer),
                targets,
                on_disconnect=self.on_disconnect,
                where=f"variant {self.name}",
            )
        )

    def retrain(
        self, model: Any, masks: Masks, trainer: Trainer, epochs: int, factor: float = 1.0
    ) -> None:
        """Train under fixed masks with `learning_rate` times `factor`; the best epoch is kept."""
        trainer.fit_masked(
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
