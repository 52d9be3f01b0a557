"""The kernels of a Keras model: the weights that pruning acts on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel")


@dataclass(frozen=True)
class Kernel:
    """A kernel variable; its last `unit_axes` axes count the units that the layer puts out."""

    layer: str
    name: str
    variable: Any
    unit_axes: int


def find_kernels(model: Any) -> tuple[Kernel, ...]:
    """Kernels of a Keras model in the order of its layers."""
    return tuple(
        Kernel(layer.name, name, variable, 2 if name == "depthwise_kernel" else 1)
        for layer in model.layers
        for name in KERNELS
        if (variable := getattr(layer, name, None)) is not None
    )
