"""Sparsity of a trained model, counted in its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.training.kernels import find_weights


@dataclass(frozen=True)
class Sparsity:
    """Zeros among weight matrices, over the model and by layer, and all parameters (biases too)."""

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
    """Count every weight of a Keras model once: `parameters` is its `count_params()`.

    The sparsity is that of all weight matrices, also those that a method leaves alone; biases and
    normalisations count as parameters only.
    """
    kernels: dict[str, list[np.ndarray]] = {}
    others: list[np.ndarray] = []
    for weight in find_weights(model):
        array = weight.variable.numpy()
        if weight.kernel is None:
            others.append(array)
        else:
            kernels.setdefault(weight.kernel.layer, []).append(array)
    return count_zeros(kernels, others)
