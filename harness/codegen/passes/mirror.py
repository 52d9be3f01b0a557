"""MIRROR_PAD as one GATHER for each axis that gets margins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.codegen.graph import Graph, Operator, Tensor
from harness.codegen.options import GatherOptions, MirrorPadOptions


def gather_mirrored(graph: Graph) -> Graph:
    """Return the graph without MIRROR_PAD; those whose margins are no constants stay."""
    tensors = list(graph.tensors)
    operators: list[Operator] = []
    for operator in graph.operators:
        found = _gathers(tensors, operator) if operator.kind == "MIRROR_PAD" else None
        operators += [operator] if found is None else found
    return replace(graph, tensors=tuple(tensors), operators=tuple(operators))


def _gathers(tensors: list[Tensor], operator: Operator) -> list[Operator] | None:
    """Return the operators, and add their tensors; None for a form that is not one of these."""
    options = operator.options
    if not isinstance(options, MirrorPadOptions) or len(operator.inputs) != 2:
        return None
    source, paddings, output = (tensors[i] for i in (*operator.inputs, *operator.outputs))
    if paddings.data is None or paddings.elements != 2 * len(source.shape):
        return None
    rows = [_picked(n, int(a), int(b), symmetric=options.symmetric) for n, (a, b) in zip(
        source.shape, paddings.data.reshape(-1, 2), strict=True)]  # fmt: skip
    shape = tuple(len(row) for row in rows if row is not None)
    if shape != output.shape:
        return None
    axes = [a for a, row in enumerate(rows) if row is not None and len(row) != source.shape[a]]
    found: list[Operator] = []
    current = source
    for axis in axes or [len(rows) - 1]:
        row = rows[axis]
        assert row is not None
        indexes = Tensor(
            len(tensors), f"{output.name[:80]} rows", "int32", (len(row),), None,
            np.array(row, dtype=np.int32),
        )  # fmt: skip
        tensors.append(indexes)
        wider = (*current.shape[:axis], len(row), *current.shape[axis + 1 :])
        result = output
        if wider != output.shape:
            result = replace(output, index=len(tensors), shape=wider)
            tensors.append(result)
        found.append(
            Operator(
                operator.index,
                "GATHER",
                (current.index, indexes.index),
                (result.index,),
                GatherOptions(axis=axis),
            )
        )
        current = result
    return found


def _picked(size: int, before: int, after: int, *, symmetric: bool) -> list[int] | None:
    """Return the elements of an axis with margins; None where a margin is longer than the axis."""
    edge = 0 if symmetric else 1
    if not 0 <= before <= size - edge or not 0 <= after <= size - edge:
        return None
    left = [*range(before - 1 + edge, edge - 1, -1)]
    right = [*range(size - 1 - edge, size - 1 - edge - after, -1)]
    return [*left, *range(size), *right]
