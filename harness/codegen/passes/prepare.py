"""All passes between the reader and the kernel choice, in their order."""

from __future__ import annotations

from collections.abc import Callable

from harness.codegen.graph import Graph
from harness.codegen.passes.batch import one_by_one
from harness.codegen.passes.constant_values import FAILURES
from harness.codegen.passes.dilation import join_dilated
from harness.codegen.passes.fold import fold_constants
from harness.codegen.passes.groups import without_groups
from harness.codegen.passes.hybrid import split_hybrid
from harness.codegen.passes.matmul import connect_matmul
from harness.codegen.passes.mirror import gather_mirrored
from harness.codegen.passes.padding import fold_padding
from harness.codegen.passes.pieces import split_pieces
from harness.codegen.passes.unsigned import signed
from harness.codegen.passes.unused import without_unused

_ALWAYS = (fold_constants, join_dilated, without_groups, gather_mirrored, connect_matmul)
_SAVING = (without_unused, fold_padding)


def prepared(graph: Graph, *, keep_all: bool = False) -> Graph:
    """Return a file's graph in the form in which kernels are chosen.

    With `keep_all` all tensors that are computed at run time remain, except those inside a
    dilated convolution.
    """
    for change in (signed, *_ALWAYS, *(() if keep_all else _SAVING)):
        graph = _changed(graph, change)
    return split_hybrid(one_by_one(split_pieces(graph)))


def _changed(graph: Graph, change: Callable[[Graph], Graph]) -> Graph:
    """Return the graph after a pass; as it was where constants and shapes contradict each other.

    The kernel choice then refuses the operator by name.
    """
    try:
        return change(graph)
    except (*FAILURES, ArithmeticError):
        return graph
