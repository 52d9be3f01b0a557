"""Base of the methods that zero single weights: the choice of layers, and the guard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from harness.errors import InputError
from harness.nearest import nearest
from harness.pruning.method import Fraction
from harness.pruning.retrained import Retrained
from harness.training.kernels import find_kernels, flat_layers

if TYPE_CHECKING:
    import numpy as np

    from harness.training.kernels import Kernel
    from harness.training.masks import Masks
    from harness.training.targets import Targets


class Masked(Retrained):
    """Zeroes weights of kernels and trains on with these held at zero.

    Targets are those of every layer (`scope` "layer") or over all layers together ("global").
    `layers` gives layers a target of their own, `exclude` keeps layers dense; both are outside the
    global count. `on_disconnect` decides what happens where a layer, or a unit of the last one,
    would lose all its weights: "keep" keeps the best one, "refuse" is a TrainingError.
    """

    scope: Literal["layer", "global"] = "layer"
    layers: dict[str, Fraction] = Field(default={})
    exclude: tuple[str, ...] = ()
    on_disconnect: Literal["keep", "refuse"] = "keep"

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        both = [name for name in self.exclude if name in self.layers]
        if both:
            raise ValueError(f"layer '{both[0]}' stands under layers and under exclude")
        return self

    def layer_target(self, layer: str) -> float | None:
        """Its own target, that of all layers, or None: kept dense, or a share of a global count."""
        if layer in self.exclude:
            return None
        return self.layers.get(layer, self.sparsity_target if self.scope == "layer" else None)

    def check(self, model: Any) -> None:
        """Raise InputError on a layer that `model` lacks, or that has nothing to prune."""
        super().check(model)
        every = self.every_kernel(model)
        prunable = dict.fromkeys(kernel.layer for kernel in every)
        for key, names in (("layers", self.layers), ("exclude", self.exclude)):
            for name in names:
                if name not in prunable:
                    raise InputError(
                        f"{self._missing(name, model)}{nearest(name, prunable)}",
                        where=f"variant {self.name}, {key}",
                        hint=f"layers with weights to prune: {', '.join(prunable)}",
                    )
        if not self.kernels(model):
            raise InputError(
                "no layer is left to prune",
                where=f"variant {self.name}",
                hint=f"all layers with weights are excluded: {', '.join(prunable) or 'none'}",
            )

    def _missing(self, name: str, model: Any) -> str:
        paths = [path for path, _ in flat_layers(model)]
        if name in (*paths, *(layer.name for layer in model.layers)):
            return f"layer '{name}' has no weights to prune"
        return f"there is no layer '{name}'"

    def every_kernel(self, model: Any) -> tuple[Kernel, ...]:
        """Kernels of `model` that a method of this kind can prune."""
        return find_kernels(model)

    def left_alone(self, model: Any) -> tuple[Kernel, ...]:
        """Return the weight matrices that a method of this kind cannot prune."""
        prunable = {id(kernel.variable) for kernel in self.every_kernel(model)}
        return tuple(each for each in find_kernels(model) if id(each.variable) not in prunable)

    def kernels(self, model: Any) -> tuple[Kernel, ...]:
        """Those that are to be pruned."""
        every = self.every_kernel(model)
        return tuple(kernel for kernel in every if kernel.layer not in self.exclude)

    def masks_of(self, model: Any) -> Masks:
        """Masks over the kernels that are to be pruned, all weights kept."""
        from harness.training.masks import Masks  # NumPy

        return Masks(self.kernels(model))

    def choose(
        self, kernels: tuple[Kernel, ...], scores: list[np.ndarray], targets: Targets
    ) -> list[np.ndarray]:
        """Masks, False at the lowest scores, under the guard. Raises TrainingError."""
        from harness.training.masks import choose_masks  # NumPy

        return choose_masks(
            kernels,
            scores,
            targets,
            on_disconnect=self.on_disconnect,
            where=f"variant {self.name}",
        )
