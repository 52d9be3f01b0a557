"""Operators on images, one operator for each image of a fixed batch.

Their kernels take one image. Each is copied out of the batch, and each result into its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.codegen.graph import Graph, Operator, Tensor
from harness.codegen.options import PieceOptions

_ON_IMAGES = ("AVERAGE_POOL_2D", "CONV_2D", "DEPTHWISE_CONV_2D", "MAX_POOL_2D")


def one_by_one(graph: Graph) -> Graph:
    """Return the graph without batches of images; takes one whose pieces are split."""
    tensors = list(graph.tensors)
    operators: list[Operator] = []
    for operator in graph.operators:
        batch = _batch(graph, operator)
        operators += [operator] if batch == 1 else _each(graph, operator, batch, tensors)
    return replace(graph, tensors=tuple(tensors), operators=tuple(operators))


def _batch(graph: Graph, operator: Operator) -> int:
    """Return the number of images; 1 also for what is refused later."""
    if operator.kind not in _ON_IMAGES or operator.inputs[:1] < (0,) or len(operator.outputs) != 1:
        return 1
    source, result = graph.tensors[operator.inputs[0]], graph.tensors[operator.outputs[0]]
    alike = len(source.shape) == len(result.shape) == 4 and source.shape[0] == result.shape[0]
    return source.shape[0] if alike and source.shape[0] > 0 else 1


def _each(
    graph: Graph, operator: Operator, batch: int, tensors: list[Tensor]
) -> Iterator[Operator]:
    source, result = graph.tensors[operator.inputs[0]], graph.tensors[operator.outputs[0]]
    for number in range(batch):
        one, done = (_image(tensors, tensor) for tensor in (source, result))
        place = PieceOptions(axis=0, begin=number)
        yield replace(operator, kind="SPLIT", inputs=(source.index,), outputs=(one,), options=place)
        yield replace(operator, inputs=(one, *operator.inputs[1:]), outputs=(done,))
        yield replace(
            operator, kind="CONCATENATION", inputs=(done,), outputs=(result.index,), options=place
        )


def _image(tensors: list[Tensor], batch: Tensor) -> int:
    """Add the tensor of one image of a batch; return its index."""
    index = len(tensors)
    tensors.append(replace(batch, index=index, shape=(1, *batch.shape[1:]), data=None))
    return index
