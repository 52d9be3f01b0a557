"""A smaller copy of a model: the units that remain, with the weights of all layers cut to fit."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.pruning.structured_graph import ChannelGraph
from harness.pruning.structured_layers import UNIT_LAYERS
from harness.training.kernels import find_weight


def rebuild(model: Any, graph: ChannelGraph, kept: dict[int, np.ndarray]) -> Any:
    """A new model with the units `kept` (ascending indices by group); other groups stay whole.

    Layers, their names and their order are those of `model`, which is not changed.
    """
    import tf_keras as keras

    sizes = {
        name: len(units) for group, units in kept.items() for name in graph.groups[group].writers
    }

    def smaller(layer: Any) -> Any:
        config = layer.get_config()
        if layer.name in sizes:
            config[UNIT_LAYERS[type(layer).__name__].size] = sizes[layer.name]
        return type(layer).from_config(config)

    copy = keras.models.clone_model(model, clone_function=smaller)
    for old in model.layers:
        new = copy.get_layer(old.name)
        if old.name in graph.cuts:
            _copy_cut(old, new, graph, kept)
        else:
            new.set_weights(old.get_weights())
    return copy


def _copy_cut(old: Any, new: Any, graph: ChannelGraph, kept: dict[int, np.ndarray]) -> None:
    values: dict[str, np.ndarray] = {}
    for cut in graph.cuts[old.name]:
        variable = find_weight(old, cut.weight)
        if variable is None:  # a layer without bias, a normalisation without scale
            continue
        value = values.setdefault(cut.weight, variable.numpy())
        group = cut.channels.group
        if group in kept:
            indices = cut.channels.indices(graph.groups[group].size, kept[group])
            values[cut.weight] = np.take(value, indices, axis=cut.axis)
    for weight, value in values.items():
        find_weight(new, weight).assign(value)
