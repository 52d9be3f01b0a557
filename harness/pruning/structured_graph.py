"""Groups of channels that are pruned together, and the weights to cut with each.

The channels of every tensor belong to a group. A layer with units of its own (Dense, Conv2D, LSTM)
opens one; layers that treat each channel by itself hand theirs on; Add and its like join those of
all their inputs, so that the branches of a residual block lose the same channels. Groups that
reach the model's outputs, or a layer that is not known here, are fixed.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from harness.pruning.method import require_graph
from harness.pruning.structured_layers import (
    DENSE,
    EACH_CHANNEL,
    FOLLOWERS,
    MERGES,
    OVER_CHANNELS,
    UNIT_LAYERS,
    Axis,
    UnitLayer,
)

SHARES = frozenset({"softmax", "log_softmax"})


@dataclass(frozen=True)
class Channels:
    """A tensor's last axis: `outer` times over the group's units, each `inner` times.

    Flatten makes (height, width, channels) one axis, so `outer` is height x width; the gates of a
    recurrent layer lie behind each other in the same way. A depth multiplier makes `inner` maps of
    each channel.
    """

    group: int
    outer: int = 1
    inner: int = 1

    def indices(self, size: int, units: np.ndarray) -> np.ndarray:
        """Where on the axis the given `units` of a group of `size` lie, in ascending order."""
        axis = np.arange(self.outer * size * self.inner).reshape(self.outer, size, self.inner)
        return axis[:, units, :].reshape(-1)

    def by_unit(self, values: np.ndarray) -> np.ndarray:
        """Values (axis,) added up to one a unit."""
        total: np.ndarray = values.reshape(self.outer, -1, self.inner).sum(axis=(0, 2))
        return total


@dataclass(frozen=True)
class Cut:
    """`axis` of a layer's weight of this name has one entry a channel."""

    weight: str
    axis: int
    channels: Channels


@dataclass(frozen=True)
class ChannelReader:
    """A layer that mixes the channels of `tensor`, its input, along an axis of a weight.

    `tensor` is None where a recurrent layer reads its own units of the step before.
    """

    layer: str
    tensor: Any = field(compare=False)
    channels: Channels
    at: Axis = DENSE.reads


@dataclass(frozen=True)
class ChannelGroup:
    """Layers that lose the same units. `writers` make them; the `followers` work on each of them.

    `fixed`: why the units have to stay, empty where they may go.
    """

    size: int
    writers: tuple[str, ...]
    followers: tuple[str, ...]
    readers: tuple[ChannelReader, ...]
    fixed: str


@dataclass(frozen=True)
class ChannelGraph:
    """The groups of a model, the cuts by layer, and the kind of every layer."""

    groups: dict[int, ChannelGroup]
    cuts: dict[str, tuple[Cut, ...]]
    kinds: dict[str, str]

    def group_of(self, layer: str) -> int | None:
        """The group whose units `layer` makes or follows, None where it has none of its own."""
        for number, group in self.groups.items():
            if layer in group.writers or layer in group.followers:
                return number
        return None


def read_graph(model: Any) -> ChannelGraph:
    """The groups of a Sequential or functional tf_keras model. Raises InputError on others."""
    require_graph(model, "structured pruning")
    return _Reading().of(model)


@dataclass
class _Reading:
    """Walks through a model once and joins groups as it goes."""

    joined_to: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    fixed: dict[int, str] = field(default_factory=dict)
    channels: dict[int, Channels] = field(default_factory=dict)
    cuts: dict[str, tuple[Cut, ...]] = field(default_factory=dict)
    writers: dict[str, int] = field(default_factory=dict)
    followers: dict[str, int] = field(default_factory=dict)
    readers: list[ChannelReader] = field(default_factory=list)

    def of(self, model: Any) -> ChannelGraph:
        by_depth = model._nodes_by_depth
        nodes = [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]
        calls = Counter(node.layer.name for node in nodes)
        for node in nodes:
            shared = calls[node.layer.name] > 1 and node.layer.weights
            kind = "" if shared else _kind(node.layer)
            self._take(node.layer, kind, list(node.keras_inputs), node.outputs)
        for tensor in model.outputs:
            root = self._root(self.channels[id(tensor)].group)
            self.fixed[root] = "its channels are the model's output"
        return ChannelGraph(
            groups={number: self._group(number) for number in self._roots()},
            cuts={
                layer: tuple(Cut(cut.weight, cut.axis, self._final(cut.channels)) for cut in cuts)
                for layer, cuts in self.cuts.items()
            },
            kinds={layer.name: type(layer).__name__ for layer in model.layers},
        )

    def _take(self, layer: Any, kind: str, inputs: list[Any], output: Any) -> None:
        given = [self.channels[id(tensor)] for tensor in inputs]
        one_each = len(inputs) == 1 and not isinstance(output, list | tuple)
        if kind in UNIT_LAYERS and one_each:
            self.channels[id(output)] = self._written(layer, UNIT_LAYERS[kind], inputs[0])
        elif kind in FOLLOWERS:
            self.channels[id(output)] = self._depthwise(layer, given[0])
        elif kind == "BatchNormalization":
            weights = ("gamma", "beta", "moving_mean", "moving_variance")
            self.cuts[layer.name] = tuple(Cut(weight, 0, given[0]) for weight in weights)
            self.channels[id(output)] = given[0]
        elif kind == "Flatten" and None not in inputs[0].shape[1:]:
            outer = given[0].outer * math.prod(inputs[0].shape[1:-1])
            self.channels[id(output)] = Channels(given[0].group, outer, given[0].inner)
        elif kind in EACH_CHANNEL or (kind in MERGES and self._mergeable(inputs, given)):
            for other in given[1:]:
                self._join(given[0].group, other.group)
            self.channels[id(output)] = given[0]
            self._check_activation(layer, given[0])
        else:
            self._unknown(layer, given, output)

    def _written(self, layer: Any, kind: UnitLayer, tensor: Any) -> Channels:
        source = self.channels[id(tensor)]
        self.readers.append(ChannelReader(layer.name, tensor, source, kind.reads))
        self.writers[layer.name] = self._new(int(getattr(layer, kind.size)))
        made = Channels(self.writers[layer.name])
        cuts = [Cut(kind.reads.weight, kind.reads.axis, source)]
        if kind.widened is not None:
            maps = Channels(source.group, source.outer, source.inner * layer.depth_multiplier)
            cuts.append(Cut(kind.widened.weight, kind.widened.axis, maps))
        if kind.returns is not None:
            self.readers.append(ChannelReader(layer.name, None, made, kind.returns))
            cuts.append(Cut(kind.returns.weight, kind.returns.axis, made))
        units = Channels(made.group, outer=kind.gates)
        self.cuts[layer.name] = (*cuts, *(Cut(at.weight, at.axis, units) for at in kind.makes))
        self._check_activation(layer, made)
        return made

    def _depthwise(self, layer: Any, source: Channels) -> Channels:
        made = Channels(source.group, source.outer, source.inner * layer.depth_multiplier)
        self.followers[layer.name] = source.group
        self.cuts[layer.name] = (Cut("depthwise_kernel", -2, source), Cut("bias", 0, made))
        self._check_activation(layer, made)
        return made

    def _check_activation(self, layer: Any, channels: Channels) -> None:
        keys = ("activation", "recurrent_activation")
        used = {getattr(getattr(layer, key, None), "__name__", "") for key in keys}
        if type(layer).__name__ == "Softmax" or used & SHARES:
            self._fix(channels, f"its channels depend on each other in '{layer.name}' (softmax)")

    def _mergeable(self, inputs: list[Any], given: list[Channels]) -> bool:
        """Channel by channel: the same last axis everywhere, in the same order."""
        orders = {(channels.outer, channels.inner) for channels in given}
        ends = {(len(tensor.shape), tensor.shape[-1]) for tensor in inputs}
        return len(orders) == len(ends) == 1

    def _unknown(self, layer: Any, given: list[Channels], output: Any) -> None:
        kind = type(layer).__name__
        reason = f"its channels reach '{layer.name}' ({kind}), which pruning cannot rewire"
        if kind in OVER_CHANNELS:
            reason = f"its channels depend on each other in '{layer.name}' ({kind})"
        for channels in given:
            self._fix(channels, reason)
        for tensor in _flat(output):
            width = tensor.shape[-1] if len(tensor.shape) > 1 else 1
            made = Channels(self._new(int(width or 1)))
            self._fix(made, reason if given else "its channels are those of the model's input")
            self.channels[id(tensor)] = made

    def _new(self, size: int) -> int:
        self.sizes.append(size)
        self.joined_to.append(len(self.joined_to))
        return len(self.joined_to) - 1

    def _root(self, group: int) -> int:
        while self.joined_to[group] != group:
            group = self.joined_to[group]
        return group

    def _roots(self) -> list[int]:
        return sorted({self._root(group) for group in self.joined_to})

    def _join(self, one: int, other: int) -> None:
        low, high = sorted((self._root(one), self._root(other)))
        self.joined_to[high] = low
        if high in self.fixed:
            self.fixed.setdefault(low, self.fixed[high])

    def _fix(self, channels: Channels, reason: str) -> None:
        self.fixed.setdefault(self._root(channels.group), reason)

    def _final(self, channels: Channels) -> Channels:
        return Channels(self._root(channels.group), channels.outer, channels.inner)

    def _group(self, number: int) -> ChannelGroup:
        def members(layers: dict[str, int]) -> tuple[str, ...]:
            return tuple(name for name, group in layers.items() if self._root(group) == number)

        return ChannelGroup(
            size=self.sizes[number],
            writers=members(self.writers),
            followers=members(self.followers),
            readers=tuple(
                replace(reader, channels=self._final(reader.channels))
                for reader in self.readers
                if self._root(reader.channels.group) == number
            ),
            fixed=self.fixed.get(number, ""),
        )


def _kind(layer: Any) -> str:
    """Name of the Keras class that `layer` is, empty where its channels cannot be followed."""
    import tf_keras as keras

    name = type(layer).__name__
    if getattr(keras.layers, name, None) is not type(layer):
        return ""
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        return ""
    if getattr(layer, "groups", 1) != 1:
        return ""
    if name == "BatchNormalization" and list(layer.axis) != [layer.input_spec.ndim - 1]:
        return ""
    return name


def _flat(output: Any) -> list[Any]:
    import tensorflow as tf

    flat: list[Any] = tf.nest.flatten(output)
    return flat
