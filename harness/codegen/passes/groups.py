"""Grouped convolutions as plain or depthwise ones.

A filter of a grouped convolution reads the channels of its group alone. With one channel a group
that is a depthwise convolution. Otherwise filters get weights of 0 for the channels of other
groups: results stay exact, and sparse kernels skip them where that is faster.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.codegen.graph import Array, Graph, Operator, Quantisation, Tensor
from harness.codegen.options import ConvOptions

_ELEMENTS_MAX = 1 << 24  # of weights with zeros


def without_groups(graph: Graph) -> Graph:
    """Return the graph without groups; those that contradict the shapes stay and are refused."""
    tensors = list(graph.tensors)
    operators = []
    for operator in graph.operators:
        groups = _groups(graph, operator)
        if groups == 1:
            operators.append(operator)
            continue
        weights = graph.tensors[operator.inputs[1]]
        assert weights.data is not None
        depthwise = weights.shape[3] == 1
        data = np.moveaxis(weights.data, 0, 3).reshape(1, *weights.shape[1:3], -1)
        stored = data if depthwise else _block_diagonal(weights.data, groups)
        new = _tensor(len(tensors), weights, np.ascontiguousarray(stored), moved=depthwise)
        tensors.append(new)
        options = operator.options
        assert isinstance(options, ConvOptions)
        operators.append(
            replace(
                operator,
                kind="DEPTHWISE_CONV_2D" if depthwise else "CONV_2D",
                inputs=(operator.inputs[0], new.index, *operator.inputs[2:]),
                options=options if depthwise else replace(options, groups=groups),
            )
        )
    return replace(graph, tensors=tuple(tensors), operators=tuple(operators))


def _groups(graph: Graph, operator: Operator) -> int:
    """Return the number of groups; 1 for operators that have none."""
    if operator.kind != "CONV_2D" or len(operator.inputs) < 2 or min(operator.inputs[:2]) < 0:
        return 1
    source, weights = (graph.tensors[i] for i in operator.inputs[:2])
    if weights.data is None or len(weights.shape) != 4 or len(source.shape) != 4:
        return 1
    hybrid = source.dtype == "float32" and weights.dtype != "float32"
    filters, depth = weights.shape[0], weights.shape[3]
    if hybrid or 0 in (*weights.shape, source.shape[3]) or source.shape[3] % depth:
        return 1
    groups = source.shape[3] // depth
    return 1 if filters % groups or weights.elements * groups > _ELEMENTS_MAX else groups


def _block_diagonal(weights: Array, groups: int) -> Array:
    """Return weights (filters, height, width, channels of all groups)."""
    filters, height, width, depth = weights.shape
    wide = np.zeros((filters, height, width, depth * groups), dtype=weights.dtype)
    each = filters // groups
    for group in range(groups):
        rows = slice(group * each, (group + 1) * each)
        wide[rows, :, :, group * depth : (group + 1) * depth] = weights[rows]
    return wide


def _tensor(index: int, weights: Tensor, data: Array, *, moved: bool) -> Tensor:
    """Return the new weights; `moved`: output channels lie along the last axis, not the first."""
    q = weights.quantisation
    if q is not None and moved and len(q.scales) > 1 and q.axis == 0:
        q = Quantisation(q.scales, q.zero_points, 3)
    return replace(weights, index=index, shape=data.shape, data=data, quantisation=q)
