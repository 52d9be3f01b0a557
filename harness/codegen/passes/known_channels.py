"""Channels whose values are known before a model runs.

A filter without weights has the same output everywhere, and so has a depthwise layer or a pool
after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from harness.codegen.graph import Array, Graph, Tensor
from harness.codegen.operands import Operands, per_tensor
from harness.codegen.options import ConvOptions, PoolOptions
from harness.codegen.storage.constant_outputs import constant_outputs
from harness.codegen.window import window_of

Kind = Literal["layer", "depthwise", "pool", "flatten"]


@dataclass(frozen=True, eq=False)
class Channels:
    """Channels of an activation: a mask of the constant ones, and their values."""

    known: Array
    values: Array

    @staticmethod
    def unknown(count: int) -> Channels:
        """Return that number of channels, none of them known."""
        return Channels(np.zeros(count, bool), np.zeros(count, np.int64))


@dataclass(frozen=True, eq=False)
class Layer:
    """A convolution or fully connected layer: weights (filters, taps, inputs), biases (filters,).

    `absorbs` (inputs,) marks the input channels that the bias replaces.
    """

    weights: Array
    bias: Array
    absorbs: Array


def known_channels(graph: Graph) -> dict[int, Channels]:
    """Return the known channels of each activation, by tensor."""
    found: dict[int, Channels] = {}
    for operator in graph.operators:
        op = Operands(graph, operator)
        for index in operator.outputs:
            found[index] = Channels.unknown(channels_of(graph.tensors[index]))
        kind = kind_of(op)
        if kind is None:
            continue
        before = found.get(operator.inputs[0])
        if before is None:  # the graph's input
            before = Channels.unknown(channels_of(op.activation(0)))
        found[operator.outputs[0]] = _after(op, kind, before)
    return found


def _after(op: Operands, kind: Kind, before: Channels) -> Channels:
    if kind == "pool":
        return before
    if kind == "flatten":
        times = channels_of(op.output) // len(before.known)
        return Channels(np.tile(before.known, times), np.tile(before.values, times))
    if kind == "depthwise":
        weights = weights_of(op)
        zero: Array = np.asarray(np.count_nonzero(weights, axis=(0, 1, 2)) == 0)
        sums = bias_of(op, len(zero))
        if weights.dtype == np.int8:  # constant inputs of float32 are 0
            share = weights.reshape(-1, weights.shape[-1]).astype(np.int64).sum(axis=0)
            sums = sums + share * offsets_of(op, before)
        return _constant(op, np.asarray(zero | _absorbed(op, before)), sums)
    layer = layer_of(op, before)
    others = np.count_nonzero(layer.weights[:, :, ~layer.absorbs], axis=(1, 2))
    return _constant(op, np.asarray(others == 0), layer.bias)


def _constant(op: Operands, known: Array, sums: Array) -> Channels:
    """Return the channels with known sums; in float32 only those that are 0 are usable."""
    values = constant_outputs(op, sums)
    if op.output.dtype == "float32":
        return Channels(known & (values == 0), np.zeros(len(known), np.int64))
    return Channels(known, values.astype(np.int64))


def layer_of(op: Operands, before: Channels) -> Layer:
    """Return the layer, with the contributions of the known inputs that its bias absorbs."""
    weights = weights_of(op)
    taps = weights.reshape(weights.shape[0], -1, weights.shape[-1])
    absorbs = _absorbed(op, before)
    bias = bias_of(op, len(taps))
    if op.output.dtype == "int8":
        shares = taps.astype(np.int64).sum(axis=1) @ np.where(absorbs, offsets_of(op, before), 0)
        bias = bias + shares
    return Layer(taps, bias, absorbs)


def _absorbed(op: Operands, before: Channels) -> Array:
    """Return the known inputs that add the same to every sum, also at borders."""
    if not _padded(op):
        return before.known
    absorbed: Array = before.known & (offsets_of(op, before) == 0)
    return absorbed


def offsets_of(op: Operands, before: Channels) -> Array:
    """Return the known channels' values minus the zero point, which is the padding."""
    zero = per_tensor(op.activation(0))[1] if op.output.dtype == "int8" else 0
    offsets: Array = np.where(before.known, before.values - zero, 0)
    return offsets


def kind_of(op: Operands) -> Kind | None:
    """Return the kind of an operator; None for kinds that keep all channels."""
    operator = op.operator
    if len(operator.outputs) != 1 or op.output.dtype not in ("int8", "float32"):
        return None
    source = op.graph.tensors[operator.inputs[0]]
    if source.data is not None or source.dtype != op.output.dtype or not source.shape:
        return None
    match operator.kind:
        case "MAX_POOL_2D" | "AVERAGE_POOL_2D":
            return "pool" if op.options(PoolOptions).activation == "NONE" else None
        case "RESHAPE":
            whole = channels_of(op.output) % max(1, channels_of(source)) == 0
            return "flatten" if op.output.shape and whole else None
        case "CONV_2D" | "FULLY_CONNECTED" | "DEPTHWISE_CONV_2D":
            return _weighted(op, source)
    return None


def _weighted(op: Operands, source: Tensor) -> Kind | None:
    weights = op.constant(1)
    if weights.dtype != source.dtype or (len(op.operator.inputs) > 2 and _computed(op, 2)):
        return None
    channels = (channels_of(source), channels_of(op.output))
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
        op.activation(0), op.output, op.options(ConvOptions), (kernel[0], kernel[1]),
        weights.shape[-1] if depthwise else weights.shape[0],
    ).padded  # fmt: skip


def weights_of(op: Operands) -> Array:
    """Return the weights as the file has them."""
    data = op.constant(1).data
    assert data is not None
    return data


def bias_of(op: Operands, count: int) -> Array:
    """Return the bias (count,) in float32 or int64."""
    is_float = op.output.dtype == "float32"
    bias = op.bias(2, "float32" if is_float else "int32", count)
    return bias if is_float else bias.astype(np.int64)


def channels_of(tensor: Tensor) -> int:
    """Return the number of channels, which is the last dimension."""
    return tensor.shape[-1] if tensor.shape else 1
