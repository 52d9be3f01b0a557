"""BATCH_MATMUL by a constant matrix as FULLY_CONNECTED."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.codegen.graph import Graph
from harness.codegen.options import FullyConnectedOptions, MatmulOptions


def connect_matmul(graph: Graph) -> Graph:
    """Return the graph with a layer in place of each product of an activation and one matrix."""
    tensors = list(graph.tensors)
    operators = []
    for operator in graph.operators:
        options = operator.options
        if not isinstance(options, MatmulOptions) or len(operator.inputs) != 2:
            operators.append(operator)
            continue
        source, matrix = (tensors[i] for i in operator.inputs)
        data = matrix.data
        plain = source.data is None and not options.adjoint_first and source.dtype == matrix.dtype
        if data is None or not plain or max(matrix.shape[:-2], default=1) != 1:
            operators.append(operator)
            continue
        stored = data.reshape(matrix.shape[-2:])
        stored = np.ascontiguousarray(stored if options.adjoint_second else stored.T)
        weights = replace(matrix, index=len(tensors), shape=stored.shape, data=stored)
        tensors.append(weights)
        layer = FullyConnectedOptions(keep_num_dims=True)
        inputs = (source.index, weights.index, -1)
        operators.append(replace(operator, kind="FULLY_CONNECTED", inputs=inputs, options=layer))
    return replace(graph, tensors=tuple(tensors), operators=tuple(operators))
