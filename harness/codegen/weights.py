"""Parameters and zeros of a model file: all of its constants that hold weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from harness.codegen.graph import Array, Graph, Operator, Tensor
from harness.codegen.lower.table import OPERATORS

# Operators whose output holds the values of their input 0.
_COPIES = frozenset(
    ["CAST", "DENSIFY", "DEQUANTIZE", "EXPAND_DIMS", "QUANTIZE", "RESHAPE", "SQUEEZE", "TRANSPOSE"]
)


@dataclass(frozen=True)
class Weights:
    """Counts of one file."""

    parameters: int  # kernels and biases
    nonzero_parameters: int
    sparsity: float  # share of zeros among kernels


def count_weights(graph: Graph) -> Weights:
    """Count the weights of all operators; a constant that several of them share counts once.

    A quantised weight is zero at its zero point.
    """
    kernels: dict[int, Array] = {}
    biases: dict[int, Array] = {}
    for tensor, is_kernel in _weights(graph):
        (kernels if is_kernel else biases)[id(tensor.data)] = _nonzero(tensor)
    both = (biases | kernels).values()
    total = sum(mask.size for mask in kernels.values())
    zeros = sum(mask.size - int(mask.sum()) for mask in kernels.values())
    return Weights(
        parameters=sum(mask.size for mask in both),
        nonzero_parameters=sum(int(mask.sum()) for mask in both),
        sparsity=zeros / total if total else 0.0,
    )


def _weights(graph: Graph) -> Iterator[tuple[Tensor, bool]]:
    """Constants that hold weights, and True for kernels, False for biases.

    The operator table has the inputs of each kind. For kinds that the engine lacks these are all
    constants of real values: matrices are kernels, vectors biases.
    """
    producers = {output: operator for operator in graph.operators for output in operator.outputs}
    for operator in graph.operators:
        if operator.kind in _COPIES:
            continue
        record = OPERATORS.get(operator.kind)
        for position, index in enumerate(operator.inputs):
            tensor = _constant(graph, index, producers)
            if tensor is None:
                continue
            if record is None:
                if _is_real(tensor) and tensor.elements > 1:
                    yield tensor, sum(size > 1 for size in tensor.shape) > 1
            elif position in record.weights:
                yield tensor, True
            # a single factor or summand, such as 1/255, is not a parameter
            elif position in record.biases and (record.weights or tensor.elements > 1):
                yield tensor, False


def _constant(graph: Graph, index: int, producers: Mapping[int, Operator]) -> Tensor | None:
    """The constant of the file whose values a tensor holds, None where it is computed."""
    while index in producers and producers[index].kind in _COPIES:
        index = producers[index].inputs[0]
    return graph.tensors[index] if index >= 0 and graph.tensors[index].data is not None else None


def _is_real(tensor: Tensor) -> bool:
    """Return True for quantised and float tensors: others hold sizes, axes and indexes."""
    return tensor.quantisation is not None or tensor.dtype.startswith("float")


def _nonzero(tensor: Tensor) -> Array:
    """Where weights are not zero, (elements,)."""
    assert tensor.data is not None
    values = tensor.data.reshape(-1)
    zero = tensor.quantisation.zero_points[0] if tensor.quantisation else 0
    return np.asarray(values != zero)
