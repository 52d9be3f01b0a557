"""Words for what a pruning method did not prune: layers left alone, targets not reached."""

from __future__ import annotations

from typing import Any

from harness.pruning.method import Method
from harness.training.kernels import find_kernels
from harness.training.sparsity import Sparsity

TOLERANCE = 0.01
LEFT_ALONE = "left_alone.json"  # in the folder of a check: text by variant


def layers_alone(method: Method, model: Any) -> list[str]:
    """Return the layers of `model` of which the method can prune nothing."""
    alone = {id(kernel.variable) for kernel in method.left_alone(model)}
    layers: dict[str, bool] = {}
    for kernel in find_kernels(model):
        layers[kernel.layer] = layers.get(kernel.layer, True) and id(kernel.variable) in alone
    return [layer for layer, whole in layers.items() if whole]


def alone_text(method: Method, model: Any) -> str:
    """Return what the method cannot prune, with its share of the weights; empty if nothing."""
    kernels = find_kernels(model)
    total = sum(_size(kernel.variable) for kernel in kernels)
    whole = layers_alone(method, model)
    sizes: dict[str, int] = {}
    for kernel in method.left_alone(model):
        own = kernel.layer if kernel.layer in whole else f"{kernel.layer}.{kernel.name}"
        sizes[own] = sizes.get(own, 0) + _size(kernel.variable)
    return ", ".join(
        f"{name} ({100 * size / total:.1f} % of the weights)" for name, size in sizes.items()
    )


def short_of(method: Method, zeros: Sparsity, alone: list[str]) -> list[str]:
    """Return a line for each layer that has over a point and one weight less zeros than asked.

    `alone` are layers that the method leaves alone by its nature.
    """
    found = []
    for layer, reached in zeros.layers.items():
        asked = None if layer in alone else method.layer_target(layer)
        size = zeros.layer_parameters[layer]
        missing = 0 if asked is None else round(asked * size) - round(reached * size)
        if asked is not None and missing > max(1, TOLERANCE * size):
            found.append(
                f"layer '{layer}': {100 * asked:.1f} % zeros asked, {100 * reached:.1f} % reached"
            )
    return found


def _size(variable: Any) -> int:
    size = 1
    for axis in variable.shape:
        size *= int(axis)
    return size
