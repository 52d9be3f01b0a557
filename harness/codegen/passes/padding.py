"""PAD before a convolution becomes the convolution's own margins.

Padding with zeros, in int8 with the zero point, is what a convolution does at borders. The padded
image is then never stored. Other readers of the padded image keep the PAD.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.codegen.graph import Graph, Operator, Tensor
from harness.codegen.options import ConvOptions
from harness.codegen.window import axis_padding

CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")


def fold_padding(graph: Graph) -> Graph:
    """Return the graph without PADs that only convolutions read."""
    readers: dict[int, list[Operator]] = {}
    for operator in graph.operators:
        for tensor in operator.inputs:
            readers.setdefault(tensor, []).append(operator)
    replaced: dict[int, Operator] = {}  # by position in the graph of the file
    gone: set[int] = set()
    for operator in graph.operators:
        margins = _margins(graph, operator)
        if margins is None or operator.outputs[0] in graph.outputs:
            continue
        found = [
            _padded(graph, reader, operator, margins)
            for reader in readers.get(operator.outputs[0], [])
        ]
        if found and all(found):
            replaced |= {
                id(old): new
                for old, new in zip(readers[operator.outputs[0]], found, strict=True)
                if new
            }
            gone.add(id(operator))
    operators = tuple(replaced.get(id(o), o) for o in graph.operators if id(o) not in gone)
    return replace(graph, operators=operators)


def with_margins(
    graph: Graph, operator: Operator, image: Tensor, margins: Sequence[int]
) -> ConvOptions | None:
    """Return a convolution's options with margins (top, bottom, left, right) around an image.

    None where a window could lie in the margins alone, which kernels do not expect.
    """
    options, weights = operator.options, graph.tensors[operator.inputs[1]]
    fits = isinstance(options, ConvOptions) and len(weights.shape) == len(image.shape) == 4
    if not fits or not isinstance(options, ConvOptions) or min(margins) < 0:
        return None
    if options.margins != (0, 0, 0, 0) or image.shape[0] != 1:
        return None
    strides = (options.stride_h, options.stride_w)
    if min(*strides, *options.dilation, *weights.shape[1:3]) < 1:
        return None
    for axis in (0, 1):
        before, after = margins[2 * axis : 2 * axis + 2]
        size, kernel = image.shape[1 + axis], weights.shape[1 + axis]
        extent = (kernel - 1) * options.dilation[axis] + 1
        whole = size + before + after
        if options.padding not in ("SAME", "VALID") or whole < extent:
            return None
        out, inner = axis_padding(
            whole, kernel, strides[axis], options.dilation[axis], options.padding
        )
        last = (out - 1) * strides[axis] - before - inner
        if before + inner >= extent or last >= size:
            return None
    top, bottom, left, right = margins
    return replace(options, margins=(top, bottom, left, right))


def _margins(graph: Graph, operator: Operator) -> tuple[int, int, int, int] | None:
    """Return the rows and columns that a PAD of an image adds; None for other operators."""
    if operator.kind != "PAD" or len(operator.inputs) != 2 or len(operator.outputs) != 1:
        return None
    source, paddings, output = (graph.tensors[i] for i in (*operator.inputs, *operator.outputs))
    same = source.quantisation == output.quantisation and source.dtype == output.dtype
    if paddings.data is None or source.data is not None or not same or len(source.shape) != 4:
        return None
    flat = [int(value) for value in paddings.data.reshape(-1)]
    if len(flat) != 8 or min(flat) < 0 or flat[:2] != [0, 0] or flat[6:] != [0, 0]:
        return None
    shape = tuple(n + flat[2 * a] + flat[2 * a + 1] for a, n in enumerate(source.shape))
    return (flat[2], flat[3], flat[4], flat[5]) if shape == output.shape else None


def _padded(
    graph: Graph, reader: Operator, pad: Operator, margins: Sequence[int]
) -> Operator | None:
    """Return the convolution with the margins of `pad`, None where it cannot have them."""
    reads_once = reader.inputs[:1] == pad.outputs and pad.outputs[0] not in reader.inputs[1:]
    if reader.kind not in CONVOLUTIONS or len(reader.inputs) < 2 or not reads_once:
        return None
    image = graph.tensors[pad.inputs[0]]
    options = with_margins(graph, reader, image, margins)
    if options is None:
        return None
    return replace(reader, inputs=(image.index, *reader.inputs[1:]), options=options)
