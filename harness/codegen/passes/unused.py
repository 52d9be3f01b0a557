"""Removal of operators whose outputs nothing reads."""

from __future__ import annotations

from dataclasses import replace

from harness.codegen.graph import Graph


def without_unused(graph: Graph) -> Graph:
    """Return the graph without operators that contribute to no output of the model.

    Operators that change a state stay: it could be that of another operator, too.
    """
    needed = set(graph.outputs)
    operators = []
    for operator in reversed(graph.operators):
        uses = any(i >= 0 and graph.tensors[i].variable for i in operator.inputs)
        changes = uses and operator.kind != "READ_VARIABLE"
        if changes or needed.intersection(operator.outputs):
            needed.update(operator.inputs)
            operators.append(operator)
    return replace(graph, operators=tuple(reversed(operators)))
