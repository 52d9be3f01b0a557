"""Importance of each unit of a group: the lowest scores are removed first."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.data.dataset import Dataset
from harness.pruning.method import Criterion
from harness.pruning.structured_graph import ChannelGraph, ChannelGroup, ChannelReader
from harness.training.gradients import batch_gradients, batches

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
        kernel = model.get_layer(name).kernel.numpy()
        scores.append(np.linalg.norm(kernel.reshape(-1, group.size), ord=order, axis=0))
    return _equal_say(scores)


def _activations(
    model: Any, groups: dict[int, ChannelGroup], data: Dataset
) -> dict[int, np.ndarray]:
    import tf_keras as keras

    readers = {_key(reader): reader for group in groups.values() for reader in group.readers}
    probe = keras.Model(model.inputs, {key: reader.tensor for key, reader in readers.items()})
    sums = {key: np.zeros(reader.tensor.shape[-1]) for key, reader in readers.items()}
    for x, _ in batches(data, BATCH):
        for key, values in probe(x, training=False).items():
            magnitudes = np.abs(values.numpy(), dtype=np.float64)
            sums[key] += magnitudes.reshape(-1, magnitudes.shape[-1]).sum(axis=0)
    by_unit = {key: readers[key].channels.by_unit(total) for key, total in sums.items()}
    return {
        number: _equal_say([by_unit[key] for key in dict.fromkeys(map(_key, group.readers))])
        for number, group in groups.items()
    }


def _key(reader: ChannelReader) -> str:
    """One a tensor: layers that read the same one count once."""
    return str(id(reader.tensor))


def _taylor(model: Any, groups: dict[int, ChannelGroup], data: Dataset) -> dict[int, np.ndarray]:
    names = sorted({reader.layer for group in groups.values() for reader in group.readers})
    kernels = {name: model.get_layer(name).kernel for name in names}
    weights = {name: kernel.numpy() for name, kernel in kernels.items()}
    scores = {number: np.zeros(group.size) for number, group in groups.items()}
    for gradients in batch_gradients(model, list(kernels.values()), data, BATCH):
        slopes = dict(zip(names, gradients, strict=True))
        products = {name: weights[name] * slopes[name] for name in names}
        for number, group in groups.items():
            changes = [_by_unit(reader, products[reader.layer]) for reader in group.readers]
            scores[number] += np.abs(np.sum(changes, axis=0))
    return scores


def _by_unit(reader: ChannelReader, product: np.ndarray) -> np.ndarray:
    """A kernel-shaped product added up over all but the input axis, the last but one."""
    others = tuple(axis for axis in range(product.ndim) if axis != product.ndim - 2)
    return reader.channels.by_unit(product.sum(axis=others, dtype=np.float64))


def _equal_say(scores: list[np.ndarray]) -> np.ndarray:
    total: np.ndarray = sum(score / max(score.mean(), 1e-12) for score in scores)
    return total
