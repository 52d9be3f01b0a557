"""Sparsity of a trained model, counted in its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.training.kernels import KERNELS


@dataclass(frozen=True)
class Sparsity:
    """Zeros among kernel weights, over the model and by layer, and all parameters (biases too)."""

    total: float
    layers: dict[str, float]
    layer_parameters: dict[str, int]
    parameters: int
    nonzero_parameters: int


def count_zeros(kernels: dict[str, list[np.ndarray]], others: list[np.ndarray]) -> Sparsity:
    """Count from the kernels of each layer and all other weights."""
    sizes = {name: sum(array.size for array in arrays) for name, arrays in kernels.items()}
    zeros = {
        name: sum(array.size - int(np.count_nonzero(array)) for array in arrays)
        for name, arrays in kernels.items()
    }
    everything = [array for arrays in kernels.values() for array in arrays] + others
    return Sparsity(
        total=sum(zeros.values()) / max(1, sum(sizes.values())),
        layers={name: zeros[name] / sizes[name] for name in kernels if sizes[name]},
        layer_parameters={name: sizes[name] for name in kernels if sizes[name]},
        parameters=sum(array.size for array in everything),
        nonzero_parameters=sum(int(np.count_nonzero(array)) for array in everything),
    )


def measure_sparsity(model: Any) -> Sparsity:
    """Sparsity of a Keras model: kernels are what pruning acts on, biases and norms are not."""
    kernels: dict[str, list[np.ndarray]] = {}
    others: list[np.ndarray] = []
    for layer in model.layers:
        pruned = {
            id(weight): weight.numpy()
            for name in KERNELS
            if (weight := getattr(layer, name, None)) is not None
        }
        if pruned:
            kernels[layer.name] = list(pruned.values())
        others += [weight.numpy() for weight in layer.weights if id(weight) not in pruned]
    return count_zeros(kernels, others)
