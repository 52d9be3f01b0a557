"""Operators with many inputs or outputs, split into one operator for each piece.

CONCATENATION and PACK copy each input to its place in the output; SPLIT, SPLIT_V and UNPACK copy
each output from its place in the input. `PieceOptions.begin` is that place along the axis.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.codegen.graph import Graph, Operator
from harness.codegen.options import PieceOptions

UNFILLED = -(1 << 31)  # pieces that do not fill the output
_UNKNOWN = -(1 << 31)
_JOINING = ("CONCATENATION", "PACK")
_SPLITTING = {"SPLIT": 1, "SPLIT_V": 0, "UNPACK": 0}  # position of the input


def split_pieces(graph: Graph) -> Graph:
    """Return the graph with one output for each operator, and one input for each piece."""
    operators = tuple(piece for operator in graph.operators for piece in _pieces(graph, operator))
    return replace(graph, operators=operators)


def _pieces(graph: Graph, operator: Operator) -> Iterator[Operator]:
    options = operator.options
    if not isinstance(options, PieceOptions):
        yield operator
    elif operator.kind in _JOINING and len(operator.outputs) == 1:
        yield from _places(graph, operator, options, operator.inputs, joining=True)
    elif operator.kind in _SPLITTING and len(operator.inputs) > _SPLITTING[operator.kind]:
        yield from _places(graph, operator, options, operator.outputs, joining=False)
    else:
        yield operator


def _places(
    graph: Graph,
    operator: Operator,
    options: PieceOptions,
    tensors: tuple[int, ...],
    *,
    joining: bool,
) -> Iterator[Operator]:
    if not tensors:  # unchanged: the kernel choice refuses it
        yield operator
    axis = _axis(graph, operator, options)
    stacked = operator.kind in ("PACK", "UNPACK")

    def size(tensor: int) -> int:
        shape = graph.tensors[tensor].shape if tensor >= 0 else ()
        return 1 if stacked or not -len(shape) <= axis < len(shape) else shape[axis]

    begin = 0
    if joining:
        whole = graph.tensors[operator.outputs[0]].shape
        if -len(whole) <= axis < len(whole) and sum(map(size, tensors)) != whole[axis]:
            begin = UNFILLED
    for tensor in tensors:
        piece = replace(options, axis=axis, begin=begin)
        if joining:
            yield replace(operator, inputs=(tensor,), options=piece)
        elif graph.tensors[tensor].elements > 0:
            source = operator.inputs[_SPLITTING[operator.kind]]
            yield replace(operator, inputs=(source,), outputs=(tensor,), options=piece)
        begin += size(tensor)


def _axis(graph: Graph, operator: Operator, options: PieceOptions) -> int:
    """Return the axis; _UNKNOWN, which no tensor has, where it is computed at run time."""
    position = {"SPLIT": 0, "SPLIT_V": 2}.get(operator.kind)
    if position is None:
        return options.axis
    if position >= len(operator.inputs) or operator.inputs[position] < 0:
        return _UNKNOWN
    data = graph.tensors[operator.inputs[position]].data
    return int(data.reshape(-1)[0]) if data is not None and data.size == 1 else _UNKNOWN
