"""Channels that nothing depends on, left out of a model without changing a bit of its output.

A filter whose weights are all zero gives one and the same value everywhere; so does what a
depthwise layer or a pool makes of it. A layer that reads such a channel has it in its bias instead.
A channel that no later layer has a weight for need not be computed. Both are common in models that
were pruned weight by weight; what is left out is neither stored, computed nor held in the arena.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from harness.codegen.calls import Unsupported
from harness.codegen.graph import Array, Graph, Operator, Quantisation, Tensor
from harness.codegen.operands import Operands, per_tensor
from harness.codegen.storage.constant_outputs import constant_outputs
from harness.codegen.window import window_of

_GROUP = 4  # dense kernels take filters by fours: a rest of one costs more than three idle ones


@dataclass(frozen=True, eq=False)
class _Channels:
    """Of an activation: which channels are the same everywhere and always, and their values."""

    known: Array
    values: Array

    @staticmethod
    def unknown(count: int) -> _Channels:
        return _Channels(np.zeros(count, bool), np.zeros(count, np.int64))


@dataclass(frozen=True, eq=False)
class _Layer:
    """A convolution or fully connected layer: weights (filters, taps, inputs), constants folded.

    `absorbs` tells of each input channel whether the bias can stand for it.
    """

    weights: Array
    bias: Array
    absorbs: Array


def without_dead_channels(graph: Graph) -> Graph:
    """The graph without channels that are constant or never read; `kept` tells what is left.

    Layers of int8 and float32 (where constants other than 0 would change rounding, and stay);
    graph inputs and outputs, and what other operators than convolutions, fully connected layers,
    pools and reshapes touch, keep all their channels.
    """
    try:
        found = _constants(graph)
        needed = _needed(graph, found)
    except Unsupported:
        return graph  # kernel choice will say it with the operator's name
    kept = {
        index: np.flatnonzero(mask)
        for index, mask in needed.items()
        if not mask.all() and graph.tensors[index].data is None
    }
    return _rebuilt(graph, found, kept) if kept else graph


def left_out(before: Graph, after: Graph, step: int) -> str:
    """What operator `step` lost, for the report; empty where it has all its channels."""
    operator = before.operators[step]
    if _kind(Operands(before, operator)) not in ("layer", "depthwise"):
        return ""
    words = []
    for name, index in (("inputs", operator.inputs[0]), ("filters", operator.outputs[0])):
        if index in after.kept:
            total = _channels(before.tensors[index])
            words.append(f"{total - len(after.kept[index])} of {total} {name}")
    return f"without {' and '.join(words)}: constant or never read" if words else ""


def _constants(graph: Graph) -> dict[int, _Channels]:
    """What is known of each activation, in the order of execution."""
    found: dict[int, _Channels] = {}
    for operator in graph.operators:
        op = Operands(graph, operator)
        for index in operator.outputs:
            found[index] = _Channels.unknown(_channels(graph.tensors[index]))
        kind = _kind(op)
        if kind is None:
            continue
        before = found.get(operator.inputs[0])
        if before is None:  # the graph's input
            before = _Channels.unknown(_channels(op.activation(0)))
        found[operator.outputs[0]] = _after(op, kind, before)
    return found


def _after(op: Operands, kind: str, before: _Channels) -> _Channels:
    if kind == "pool":
        return before
    if kind == "flatten":
        times = _channels(op.output) // len(before.known)
        return _Channels(np.tile(before.known, times), np.tile(before.values, times))
    if kind == "depthwise":
        weights = _data(op, 1)
        zero: Array = np.asarray(np.count_nonzero(weights, axis=(0, 1, 2)) == 0)
        sums = _bias(op, len(zero))
        if weights.dtype == np.int8:  # constant inputs of float32 are 0
            share = weights.reshape(-1, weights.shape[-1]).astype(np.int64).sum(axis=0)
            sums = sums + share * _offsets(op, before)
        return _constant(op, np.asarray(zero | _absorbed(op, before)), sums)
    layer = _layer(op, before)
    others = np.count_nonzero(layer.weights[:, :, ~layer.absorbs], axis=(1, 2))
    return _constant(op, np.asarray(others == 0), layer.bias)


def _constant(op: Operands, known: Array, sums: Array) -> _Channels:
    """Channels whose sums are known; in float only those that come out as 0 are of use."""
    values = constant_outputs(op, sums)
    if op.output.dtype == "float32":
        return _Channels(known & (values == 0), np.zeros(len(known), np.int64))
    return _Channels(known, values.astype(np.int64))


def _layer(op: Operands, before: _Channels) -> _Layer:
    weights = _data(op, 1)
    taps = weights.reshape(weights.shape[0], -1, weights.shape[-1])
    absorbs = _absorbed(op, before)
    bias = _bias(op, len(taps))
    if op.output.dtype == "int8":
        shares = taps.astype(np.int64).sum(axis=1) @ np.where(absorbs, _offsets(op, before), 0)
        bias = bias + shares
    return _Layer(taps, bias, absorbs)


def _absorbed(op: Operands, before: _Channels) -> Array:
    """Known input channels whose share in every sum is the same, at borders too."""
    if not _padded(op):
        return before.known
    absorbed: Array = before.known & (_offsets(op, before) == 0)
    return absorbed


def _offsets(op: Operands, before: _Channels) -> Array:
    """What a known channel is multiplied with: its value less the zero point, which pads."""
    zero = per_tensor(op.activation(0))[1] if op.output.dtype == "int8" else 0
    offsets: Array = np.where(before.known, before.values - zero, 0)
    return offsets


def _needed(graph: Graph, found: dict[int, _Channels]) -> dict[int, Array]:
    """Of each activation the channels that have to be computed."""
    needed = {i: np.zeros(_channels(graph.tensors[i]), bool) for i in graph.activations()}
    for index in (*graph.inputs, *graph.outputs):
        needed[index][:] = True
    for operator in reversed(graph.operators):
        op = Operands(graph, operator)
        kind = _kind(op)
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
            before = found.get(source, _Channels.unknown(len(needed[source])))
            layer = _layer(op, before)
            read = layer.weights[needed[output]].any(axis=(0, 1))
            needed[source] |= read & ~layer.absorbs
    for operator in graph.operators:  # what hands channels on has as many as it gets
        kind = _kind(Operands(graph, operator))
        if kind in ("pool", "depthwise", "flatten"):
            mask = needed[operator.inputs[0]]
            needed[operator.outputs[0]] = np.tile(
                mask, len(needed[operator.outputs[0]]) // len(mask)
            )
    return needed


def _fill_up(needed: Array, known: Array) -> None:
    """Keep at least one channel, and whole groups: constant ones first, which cost nothing."""
    rest = np.flatnonzero(~needed)
    missing = -int(needed.sum()) % _GROUP or (0 if needed.any() else _GROUP)
    order = np.argsort(~known[rest], kind="stable")
    needed[rest[order][:missing]] = True


def _rebuilt(graph: Graph, found: dict[int, _Channels], kept: dict[int, Array]) -> Graph:
    tensors = list(graph.tensors)
    operators: list[Operator] = []
    for operator in graph.operators:
        op = Operands(graph, operator)
        kind = _kind(op)
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
            bias = _bias(op, _channels(op.output))
            new = _sliced(weights, 3, of_output)
        else:
            before = found.get(source, _Channels.unknown(_channels(op.activation(0))))
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


def _folded(op: Operands, before: _Channels, of_source: Array | None) -> Array:
    """The bias, and the share of known inputs that are left out."""
    bias = _bias(op, _channels(op.output))
    if of_source is None or op.output.dtype == "float32":
        return bias
    left_out = before.known.copy()
    left_out[of_source] = False
    weights = _data(op, 1).astype(np.int64)
    shares = weights.reshape(len(bias), -1, weights.shape[-1]).sum(axis=1)
    folded: Array = bias + shares @ np.where(left_out, _offsets(op, before), 0)
    return folded


def _sliced(tensor: Tensor, axis: int, channels: Array | None) -> Tensor:
    """Weights with these channels of an axis, and their scales where they lie along it."""
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


def _kind(op: Operands) -> str | None:
    """layer, depthwise, pool, flatten; None for what has to get and give all channels."""
    operator = op.operator
    if len(operator.outputs) != 1 or op.output.dtype not in ("int8", "float32"):
        return None
    source = op.graph.tensors[operator.inputs[0]]
    if source.data is not None or source.dtype != op.output.dtype or not source.shape:
        return None
    match operator.kind:
        case "MAX_POOL_2D" | "AVERAGE_POOL_2D":
            return "pool" if op.options.activation == "NONE" else None
        case "RESHAPE":
            fits = bool(op.output.shape) and _channels(op.output) % max(1, _channels(source)) == 0
            return "flatten" if fits else None
        case "CONV_2D" | "FULLY_CONNECTED" | "DEPTHWISE_CONV_2D":
            return _weighted(op, source)
    return None


def _weighted(op: Operands, source: Tensor) -> str | None:
    weights = op.constant(1)
    if weights.dtype != source.dtype or (len(op.operator.inputs) > 2 and _computed(op, 2)):
        return None
    channels = (_channels(source), _channels(op.output))
    if op.operator.kind == "DEPTHWISE_CONV_2D":
        same = channels == (weights.shape[-1], weights.shape[-1])
        return "depthwise" if same else None
    return "layer" if channels == (weights.shape[-1], weights.shape[0]) else None


def _computed(op: Operands, position: int) -> bool:
    index = op.operator.inputs[position]
    return index >= 0 and op.graph.tensors[index].data is None


def _padded(op: Operands) -> bool:
    if op.operator.kind == "FULLY_CONNECTED":
        return False
    weights, depthwise = op.constant(1), op.operator.kind == "DEPTHWISE_CONV_2D"
    kernel = weights.shape[1:3]
    return window_of(
        op.activation(0), op.output, op.options, (kernel[0], kernel[1]),
        weights.shape[-1] if depthwise else weights.shape[0],
    ).padded  # fmt: skip


def _data(op: Operands, position: int) -> Array:
    data = op.constant(position).data
    assert data is not None
    return data


def _bias(op: Operands, count: int) -> Array:
    is_float = op.output.dtype == "float32"
    bias = op.bias(2, "float32" if is_float else "int32", count)
    return bias if is_float else bias.astype(np.int64)


def _channels(tensor: Tensor) -> int:
    return tensor.shape[-1] if tensor.shape else 1
