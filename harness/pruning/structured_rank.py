"""Importance of each unit of a group: the lowest scores are removed first."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.data.dataset import Dataset
from harness.pruning.method import Criterion
from harness.pruning.structured_graph import ChannelGraph, ChannelGroup, ChannelReader
from harness.pruning.structured_layers import UNIT_LAYERS
from harness.training.gradients import batch_gradients, batches
from harness.training.kernels import find_weight

BATCH = 32


def rank(
    model: Any, graph: ChannelGraph, groups: list[int], criterion: Criterion, data: Dataset
) -> dict[int, np.ndarray]:
    """Scores (units,) by group; nothing but the training split is looked at.

    l1, l2: norm of the weights that make the unit, biases apart. activation: mean absolute value
    that the next layers read. taylor: mean over batches of |dL|, the change of the loss to first
    order if the unit were silenced in all layers that read it (Molchanov et al.,
    arXiv:1611.06440); switching a unit off is scaling its outgoing weights w by 0, hence
    dL = sum of w * dL/dw. Where several layers make or are read as one group, each has an equal
    say in a norm or activation; Taylor terms are in units of the loss and add up as they are.
    """
    wanted = {number: graph.groups[number] for number in groups}
    if criterion == "taylor":
        return _taylor(model, wanted, data)
    if criterion == "activation":
        return _activations(model, wanted, data)
    return {number: _norms(model, group, criterion) for number, group in wanted.items()}


def _norms(model: Any, group: ChannelGroup, criterion: Criterion) -> np.ndarray:
    order = 1 if criterion == "l1" else 2
    scores = []
    for name in group.writers:
        layer = model.get_layer(name)
        made = UNIT_LAYERS[type(layer).__name__].makes
        weights = [
            np.moveaxis(find_weight(layer, at.weight).numpy(), at.axis, -1).reshape(-1, group.size)
            for at in made
            if not at.weight.endswith("bias")
        ]
        scores.append(np.linalg.norm(np.concatenate(weights), ord=order, axis=0))
    return _equal_say(scores)


def _activations(
    model: Any, groups: dict[int, ChannelGroup], data: Dataset
) -> dict[int, np.ndarray]:
    import tf_keras as keras

    inputs = {number: _inputs(group) for number, group in groups.items()}
    readers = {_key(reader): reader for each in inputs.values() for reader in each}
    probe = keras.Model(model.inputs, {key: reader.tensor for key, reader in readers.items()})
    sums = {key: np.zeros(reader.tensor.shape[-1]) for key, reader in readers.items()}
    for x, _ in batches(data, BATCH):
        for key, values in probe(x, training=False).items():
            magnitudes = np.abs(values.numpy(), dtype=np.float64)
            sums[key] += magnitudes.reshape(-1, magnitudes.shape[-1]).sum(axis=0)
    by_unit = {key: readers[key].channels.by_unit(total) for key, total in sums.items()}
    return {
        number: _equal_say([by_unit[key] for key in dict.fromkeys(map(_key, each))])
        for number, each in inputs.items()
    }


def _inputs(group: ChannelGroup) -> list[ChannelReader]:
    """Readers of other layers: what a recurrent layer reads of itself is no tensor."""
    return [reader for reader in group.readers if reader.tensor is not None]


def _key(reader: ChannelReader) -> str:
    """One a tensor: layers that read the same one count once."""
    return str(id(reader.tensor))


def _taylor(model: Any, groups: dict[int, ChannelGroup], data: Dataset) -> dict[int, np.ndarray]:
    places = sorted(
        {(reader.layer, reader.at.weight) for group in groups.values() for reader in group.readers}
    )
    kernels = {(layer, name): find_weight(model.get_layer(layer), name) for layer, name in places}
    weights = {place: kernel.numpy() for place, kernel in kernels.items()}
    scores = {number: np.zeros(group.size) for number, group in groups.items()}
    for gradients in batch_gradients(model, list(kernels.values()), data, BATCH):
        slopes = dict(zip(places, gradients, strict=True))
        products = {place: weights[place] * slopes[place] for place in places}
        for number, group in groups.items():
            changes = [
                _by_unit(reader, products[reader.layer, reader.at.weight])
                for reader in group.readers
            ]
            scores[number] += np.abs(np.sum(changes, axis=0))
    return scores


def _by_unit(reader: ChannelReader, product: np.ndarray) -> np.ndarray:
    """A kernel-shaped product added up over all but the axis along which the kernel is read."""
    kept = reader.at.axis % product.ndim
    others = tuple(axis for axis in range(product.ndim) if axis != kept)
    return reader.channels.by_unit(product.sum(axis=others, dtype=np.float64))


def _equal_say(scores: list[np.ndarray]) -> np.ndarray:
    total: np.ndarray = sum(score / max(score.mean(), 1e-12) for score in scores)
    return total
