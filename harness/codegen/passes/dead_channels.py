"""Removal of channels that do not affect the model's output, bit-exact.

A filter without weights has the same output everywhere, and so has a depthwise layer or a pool
after it. The bias of the next layer absorbs such a channel. A channel for which no later layer has
a weight is not computed. Both are common in models that were pruned weight by weight. Removed
channels take no flash, no time and no arena.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.codegen.calls import Unsupported
from harness.codegen.engine_constants import BLOCK
from harness.codegen.graph import Array, Graph, Operator, Quantisation, Tensor
from harness.codegen.operands import Operands
from harness.codegen.passes.known_channels import (
    Channels,
    bias_of,
    channels_of,
    kind_of,
    known_channels,
    layer_of,
    offsets_of,
    weights_of,
)


def without_dead_channels(graph: Graph) -> Graph:
    """Return the graph without constant and unread channels; `kept` lists the remaining ones.

    int8 and float32 layers only; in float32 only channels that are 0, because other constants
    would change the rounding. Graph inputs and outputs keep all channels, and so do tensors of
    operators other than convolutions, fully connected layers, pools and reshapes.
    """
    try:
        found = known_channels(graph)
        needed = _needed(graph, found)
    except Unsupported:
        return graph  # the kernel choice refuses the operator by name
    kept = {
        index: np.flatnonzero(mask)
        for index, mask in needed.items()
        if not mask.all() and graph.tensors[index].data is None
    }
    return with_channels(graph, found, kept) if kept else graph


def left_out(before: Graph, after: Graph, step: int) -> str:
    """Return the channels that operator `step` lost, in words; empty where it lost none."""
    operator = before.operators[step]
    if kind_of(Operands(before, operator)) not in ("layer", "depthwise"):
        return ""
    words = []
    for name, index in (("inputs", operator.inputs[0]), ("filters", operator.outputs[0])):
        if index in after.kept:
            total = channels_of(before.tensors[index])
            words.append(f"{total - len(after.kept[index])} of {total} {name}")
    return f"without {' and '.join(words)}: constant or never read" if words else ""


def _needed(graph: Graph, found: dict[int, Channels]) -> dict[int, Array]:
    """Return a mask of the channels to compute, by activation."""
    needed = {i: np.zeros(channels_of(graph.tensors[i]), bool) for i in graph.activations()}
    for index in (*graph.inputs, *graph.outputs):
        needed[index][:] = True
    for operator in reversed(graph.operators):
        op = Operands(graph, operator)
        kind = kind_of(op)
        if kind is None:
            for index in (*operator.inputs, *operator.outputs):
                if index in needed:
                    needed[index][:] = True
            continue
        source, output = operator.inputs[0], operator.outputs[0]
        if kind in ("pool", "depthwise"):
            needed[source] |= needed[output]
        elif kind == "flatten":
            needed[source] |= needed[output].reshape(-1, len(needed[source])).any(axis=0)
        else:
            _fill_up(needed[output], found[output].known)
            before = found.get(source, Channels.unknown(len(needed[source])))
            layer = layer_of(op, before)
            read = layer.weights[needed[output]].any(axis=(0, 1))
            needed[source] |= read & ~layer.absorbs
    for operator in graph.operators:  # these kinds have as many channels as their input
        kind = kind_of(Operands(graph, operator))
        if kind in ("pool", "depthwise", "flatten"):
            mask = needed[operator.inputs[0]]
            needed[operator.outputs[0]] = np.tile(
                mask, len(needed[operator.outputs[0]]) // len(mask)
            )
    return needed


def _fill_up(needed: Array, known: Array) -> None:
    """Add channels up to whole blocks, and to at least one; constant ones first, which are free.

    Dense kernels compute blocks of filters: a remainder of one costs more than three unused
    filters.
    """
    rest = np.flatnonzero(~needed)
    missing = -int(needed.sum()) % BLOCK or (0 if needed.any() else BLOCK)
    order = np.argsort(~known[rest], kind="stable")
    needed[rest[order][:missing]] = True


def with_channels(graph: Graph, found: dict[int, Channels], kept: dict[int, Array]) -> Graph:
    """Return the graph with the `kept` channels of activations, by tensor.

    Biases absorb removed channels that are `found` to be constant; others are cut.
    """
    tensors = list(graph.tensors)
    operators: list[Operator] = []
    for operator in graph.operators:
        op = Operands(graph, operator)
        kind = kind_of(op)
        if kind not in ("layer", "depthwise"):
            operators.append(operator)
            continue
        source, output = operator.inputs[0], operator.outputs[0]
        of_source, of_output = kept.get(source), kept.get(output)
        if of_source is None and of_output is None:
            operators.append(operator)
            continue
        weights = graph.tensors[operator.inputs[1]]
        bias: Array | None
        if kind == "depthwise":
            bias = bias_of(op, channels_of(op.output))
            new = _sliced(weights, 3, of_output)
        else:
            before = found.get(source, Channels.unknown(channels_of(op.activation(0))))
            bias = _folded(op, before, of_source)
            new = _sliced(weights, 0, of_output)
            new = _sliced(new, len(weights.shape) - 1, of_source)
        bias = bias if of_output is None else bias[of_output]
        added = [
            replace(new, index=len(tensors)),
            Tensor(
                index=len(tensors) + 1,
                name=f"{op.output.name}/bias",
                dtype="int32" if weights.dtype == "int8" else "float32",
                shape=bias.shape,
                quantisation=None,
                data=bias.astype(np.int32 if weights.dtype == "int8" else np.float32),
            ),
        ]
        tensors += added
        operators.append(replace(operator, inputs=(source, added[0].index, added[1].index)))
    for index, channels in kept.items():
        shape = graph.tensors[index].shape
        tensors[index] = replace(graph.tensors[index], shape=(*shape[:-1], len(channels)))
    return replace(
        graph,
        tensors=tuple(tensors),
        operators=tuple(operators),
        kept={index: tuple(channels.tolist()) for index, channels in kept.items()},
    )


def _folded(op: Operands, before: Channels, of_source: Array | None) -> Array:
    """Return the bias with the contributions of the removed inputs."""
    bias = bias_of(op, channels_of(op.output))
    if of_source is None or op.output.dtype == "float32":
        return bias
    left_out = before.known.copy()
    left_out[of_source] = False
    weights = weights_of(op).astype(np.int64)
    shares = weights.reshape(len(bias), -1, weights.shape[-1]).sum(axis=1)
    folded: Array = bias + shares @ np.where(left_out, offsets_of(op, before), 0)
    return folded


def _sliced(tensor: Tensor, axis: int, channels: Array | None) -> Tensor:
    """Return weights with these channels of an axis, and their scales if they lie along it."""
    if channels is None:
        return tensor
    assert tensor.data is not None
    data = np.ascontiguousarray(np.take(tensor.data, channels, axis=axis))
    q = tensor.quantisation
    if q is not None and len(q.scales) > 1 and q.axis == axis:
        q = Quantisation(
            tuple(q.scales[i] for i in channels),
            tuple(q.zero_points[i] for i in channels) if len(q.zero_points) > 1 else q.zero_points,
            axis,
        )
    return replace(tensor, shape=data.shape, data=data, quantisation=q)
