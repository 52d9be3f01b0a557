"""How sparse a model file is: zeros among the weights of its layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.codegen.graph import Graph, Tensor

WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


@dataclass(frozen=True)
class Weights:
    """`parameters` counts kernels and biases, `sparsity` is the share of zeros among kernels."""

    parameters: int
    nonzero_parameters: int
    sparsity: float


def count_weights(graph: Graph) -> Weights:
    """Count the constants of weighted layers; a quantised weight is zero at its zero point."""
    kernels: dict[int, int] = {}
    biases: dict[int, int] = {}
    sizes: dict[int, int] = {}
    for operator in graph.operators:
        if operator.kind not in WEIGHTED:
            continue
        for position, found in ((1, kernels), (2, biases)):
            index = operator.inputs[position] if position < len(operator.inputs) else -1
            if index >= 0 and (data := graph.tensors[index].data) is not None:
                found[index] = int(np.count_nonzero(data != _zero(graph.tensors[index])))
                sizes[index] = int(data.size)
    total = sum(sizes[index] for index in kernels)
    return Weights(
        parameters=sum(sizes.values()),
        nonzero_parameters=sum(kernels.values()) + sum(biases.values()),
        sparsity=1 - sum(kernels.values()) / total if total else 0.0,
    )


def _zero(tensor: Tensor) -> int:
    return tensor.quantisation.zero_points[0] if tensor.quantisation else 0
