"""tfmot's `prune_low_magnitude` in compiled epochs, with a guard that tfmot lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.training.kernels import flat_layers, is_nested
from harness.training.targets import Targets

if TYPE_CHECKING:
    from harness.pruning.masked import Masked
    from harness.training.kernels import Kernel


def prunable_by_tfmot(model: Any) -> set[int]:
    """Return the ids of the variables that tfmot's wrappers would prune.

    tfmot raises on layers that it does not know: Bidirectional, TimeDistributed, EinsumDense,
    DepthwiseConv1D and own layers without `get_prunable_weights`.
    """
    return {id(variable) for _, layer in flat_layers(model) for variable in _prunable(layer)}


def _prunable(layer: Any) -> Sequence[Any]:
    from tensorflow_model_optimization.python.core.sparsity.keras.prune_registry import (
        PruneRegistry,
    )

    if hasattr(layer, "get_prunable_weights"):
        own: Sequence[Any] = layer.get_prunable_weights()
        return own
    if not PruneRegistry.supports(layer):
        return ()
    PruneRegistry.make_prunable(layer)
    found: Sequence[Any] = layer.get_prunable_weights()
    del layer.get_prunable_weights  # the layer is only asked
    return found


def wrap(model: Any, schedules: Mapping[str, Any], prefix: str = "") -> Any:
    """The model with the layers of `schedules` in tfmot's wrappers; weights are shared.

    tfmot gives one schedule to a whole model; wrapped one by one, layers have their own. Layers of
    nested models are named by their paths, of which `prefix` is the beginning.
    """
    import tensorflow_model_optimization as tfmot
    import tf_keras as keras

    def wrapped(layer: Any) -> Any:
        path = prefix + layer.name
        if is_nested(layer):
            inside = any(name.startswith(f"{path}/") for name in schedules)
            return wrap(layer, schedules, f"{path}/") if inside else layer
        if path not in schedules:
            return layer
        return tfmot.sparsity.keras.prune_low_magnitude(layer, pruning_schedule=schedules[path])

    pruned = keras.models.clone_model(model, clone_function=wrapped)
    for wrapper in _wrappers(pruned):
        wrapper.pruning_step.assign(0)  # as UpdatePruningStep does when Keras' `fit` begins
    return pruned


def _wrappers(model: Any) -> list[Any]:
    return [layer for _, layer in flat_layers(model) if hasattr(layer, "pruning_vars")]


class Guard:
    """Gives back the best weight of what tfmot's masks have cut off; call it between epochs.

    tfmot ranks weights alone, so at high sparsity an output may lose all of them. Its best one
    returns with the value it had an epoch ago, and the least weight of the same layer goes in its
    place: the number of zeros stays. Raises TrainingError where the method refuses.
    """

    def __init__(self, method: Masked, kernels: Sequence[Kernel], wrapped: Any) -> None:
        masks = {
            id(variable): mask
            for wrapper in _wrappers(wrapped)
            for variable, mask, _ in wrapper.pruning_vars
        }
        self._method = method
        self._kernels = tuple(kernel for kernel in kernels if id(kernel.variable) in masks)
        self._masks = [masks[id(kernel.variable)] for kernel in self._kernels]
        self._before = self._weights()

    def __call__(self) -> None:
        """Mend the masks."""
        masks = [mask.numpy() > 0 for mask in self._masks]
        weights = self._weights()
        scores = [
            np.where(mask, 1 + _relative(weight), _relative(before))
            for mask, weight, before in zip(masks, weights, self._before, strict=True)
        ]
        targets = Targets(0.0, layers=zero_shares(self._kernels, masks))
        mended = self._method.choose(self._kernels, scores, targets)
        for index, (mask, after) in enumerate(zip(masks, mended, strict=True)):
            if (mask != after).any():
                restored = np.where(mask, weights[index], self._before[index])
                weights[index] = np.where(after, restored, 0.0)
                self._masks[index].assign(after.astype(np.float32))
                self._kernels[index].variable.assign(weights[index])
        self._before = weights

    def _weights(self) -> list[np.ndarray]:
        return [kernel.variable.numpy() for kernel in self._kernels]


def zero_shares(kernels: Sequence[Kernel], masks: Sequence[np.ndarray]) -> dict[str, float]:
    """Fraction of each layer that the masks of its kernels prune."""
    pruned: dict[str, int] = {}
    sizes: dict[str, int] = {}
    for kernel, mask in zip(kernels, masks, strict=True):
        pruned[kernel.layer] = pruned.get(kernel.layer, 0) + int((~mask).sum())
        sizes[kernel.layer] = sizes.get(kernel.layer, 0) + mask.size
    return {layer: pruned[layer] / sizes[layer] for layer in sizes}


def _relative(weights: np.ndarray) -> np.ndarray:
    """|w| on a scale from 0 to 1."""
    magnitudes: np.ndarray = np.abs(weights, dtype=np.float64)
    return magnitudes / max(float(magnitudes.max()), np.finfo(np.float64).tiny)
