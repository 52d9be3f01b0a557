"""SPACE_TO_BATCH_ND, a convolution and BATCH_TO_SPACE_ND become one dilated convolution.

Converters write a dilated convolution so where the model's batch is open. The first operator pads
the image and deals its pixels out to `block` smaller images for each axis, on which the undilated
convolution runs; the last one joins and crops the results. EXPAND_DIMS, RESHAPE or SQUEEZE between
them (convolutions of one dimension) only add and remove an axis of size 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from harness.codegen.graph import Array, Graph, Operator
from harness.codegen.options import ConvOptions, Options
from harness.codegen.passes.padding import CONVOLUTIONS, with_margins

_ALIASES = ("EXPAND_DIMS", "RESHAPE", "SQUEEZE")


def join_dilated(graph: Graph) -> Graph:
    """Return the graph with one convolution for each such chain; other operators stay."""
    for operator in graph.operators:
        if operator.kind == "SPACE_TO_BATCH_ND":
            graph = _joined(graph, operator) or graph
    return graph


def _joined(graph: Graph, first: Operator) -> Graph | None:
    chain = _chain(graph, first)
    if chain is None:
        return None
    *before, last = chain
    conv = next(operator for operator in before if operator.kind in CONVOLUTIONS)
    source, output = graph.tensors[first.inputs[0]], graph.tensors[last.outputs[0]]
    blocks, pads = _constants(graph, first)
    out_blocks, crops = _constants(graph, last)
    options = conv.options
    if not isinstance(options, ConvOptions) or not np.array_equal(blocks, out_blocks):
        return None
    plain = (options.stride_h, options.stride_w, *options.dilation) == (1, 1, 1, 1)
    spatial = len(blocks)
    whole = (
        [source.shape[1 + a] + int(pads[a].sum()) for a in range(spatial)]
        if spatial in (1, 2)
        else []
    )
    if not plain or options.padding != "VALID" or not whole or len(source.shape) != spatial + 2:
        return None
    if any(size % int(block) for size, block in zip(whole, blocks, strict=True)):
        return None
    # an image of one row where the convolution has one dimension: its kernel has a row of one
    image = source
    tensors, operators = list(graph.tensors), []
    margins = [int(n) for n in (pads - crops).reshape(-1)]
    dilation = [int(block) for block in blocks]
    if spatial == 1:
        margins, dilation = [0, 0, *margins], [1, *dilation]
        image = replace(source, index=len(tensors), name=f"{source.name[:80]} as an image",
                        shape=(1, 1, *source.shape[1:]), open=False)  # fmt: skip
        tensors.append(image)
        operators.append(_alias(first, source.index, image.index))
    dilated = replace(options, dilation_h=dilation[0], dilation_w=dilation[1])
    found = with_margins(graph, replace(conv, options=dilated), image, margins)
    if found is None:
        return None
    shape = _output_shape(graph, conv, image.shape, found)
    result = output
    if spatial == 1:
        result = replace(output, index=len(tensors), name=f"{output.name[:80]} as an image",
                         shape=shape, open=False)  # fmt: skip
        tensors.append(result)
        shape = (shape[0], *shape[2:])
    tensors[output.index] = replace(output, shape=shape, open=False)
    operators.append(
        replace(
            conv, inputs=(image.index, *conv.inputs[1:]), outputs=(result.index,), options=found
        )
    )
    if spatial == 1:
        operators.append(_alias(last, result.index, output.index))
    place = graph.operators.index(conv)
    others = {id(operator) for operator in chain}
    kept = [(at, o) for at, o in enumerate(graph.operators) if id(o) not in others]
    joined = [o for at, o in kept if at < place] + operators + [o for at, o in kept if at > place]
    return replace(graph, tensors=tuple(tensors), operators=tuple(joined))


def _alias(at: Operator, source: int, output: int) -> Operator:
    return Operator(at.index, "RESHAPE", (source,), (output,), Options())


def _chain(graph: Graph, first: Operator) -> list[Operator] | None:
    """Return the operators from SPACE_TO_BATCH_ND to BATCH_TO_SPACE_ND, each read by the next."""
    readers: dict[int, list[Operator]] = {}
    for operator in graph.operators:
        for tensor in operator.inputs:
            readers.setdefault(tensor, []).append(operator)
    chain = [first]
    while chain[-1].kind != "BATCH_TO_SPACE_ND":
        found = _next(graph, chain[-1], readers)
        if found is None:
            return None
        chain.append(found)
    convolutions = sum(operator.kind in CONVOLUTIONS for operator in chain)
    known = all(len(o.inputs) == 3 and len(o.outputs) == 1 for o in (chain[0], chain[-1]))
    constant = known and all(
        graph.tensors[i].data is not None for o in (chain[0], chain[-1]) for i in o.inputs[1:]
    )
    return chain if convolutions == 1 and constant else None


def _next(
    graph: Graph, operator: Operator, readers: Mapping[int, list[Operator]]
) -> Operator | None:
    output = operator.outputs[0] if len(operator.outputs) == 1 else -1
    found = readers.get(output, [])
    if len(found) != 1 or output in graph.outputs or found[0].inputs[0] != output:
        return None
    known = (*_ALIASES, *CONVOLUTIONS, "BATCH_TO_SPACE_ND")
    return found[0] if found[0].kind in known and len(found[0].outputs) == 1 else None


def _constants(graph: Graph, operator: Operator) -> tuple[Array, Array]:
    """Return the blocks (axes,) and the paddings or crops (axes, 2)."""
    blocks, edges = (graph.tensors[i].data for i in operator.inputs[1:3])
    assert blocks is not None
    assert edges is not None
    return blocks.reshape(-1), edges.reshape(-1, 2)


def _output_shape(
    graph: Graph, conv: Operator, image: tuple[int, ...], options: ConvOptions
) -> tuple[int, ...]:
    weights = graph.tensors[conv.inputs[1]]
    channels = weights.shape[0] if conv.kind == "CONV_2D" else weights.shape[3]
    top, bottom, left, right = options.margins
    sizes = [
        n + around - (kernel - 1) * dilation
        for n, around, kernel, dilation in zip(
            image[1:3], (top + bottom, left + right), weights.shape[1:3], options.dilation,
            strict=True,
        )
    ]  # fmt: skip
    return (1, *sizes, channels)
