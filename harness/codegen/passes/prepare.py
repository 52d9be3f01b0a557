"""All passes between the reader and the kernel choice, in their order."""

from __future__ import annotations

from harness.codegen.graph import Graph
from harness.codegen.passes.batch import one_by_one
from harness.codegen.passes.dilation import join_dilated
from harness.codegen.passes.fold import fold_constants
from harness.codegen.passes.groups import without_groups
from harness.codegen.passes.hybrid import split_hybrid
from harness.codegen.passes.matmul import connect_matmul
from harness.codegen.passes.mirror import gather_mirrored
from harness.codegen.passes.padding import fold_padding
from harness.codegen.passes.pieces import split_pieces
from harness.codegen.passes.unused import without_unused


def prepared(graph: Graph, *, keep_all: bool = False) -> Graph:
    """Return a file's graph in the form in which kernels are chosen.

    With `keep_all` all tensors that are computed at run time remain, except those inside a
    dilated convolution.
    """
    graph = without_groups(join_dilated(fold_constants(graph)))
    if not keep_all:
        graph = fold_padding(without_unused(graph))
    graph = split_pieces(connect_matmul(gather_mirrored(graph)))
    return split_hybrid(one_by_one(graph))
