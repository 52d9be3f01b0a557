"""Copies of a model that keep different units and weights, ready to be trained in one stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from harness.data.dataset import Dataset
from harness.pruning.structured_graph import ChannelGraph, read_graph
from harness.pruning.structured_rank import rank
from harness.pruning.structured_rebuild import rebuild
from harness.training.stack_fit import Fitted, Masks
from harness.training.stacked import StackedNet


@dataclass(frozen=True)
class Copy:
    """One copy: units that it keeps by layer, share of zeros by layer.

    `fresh`: it starts from new random weights, not from the model's.
    """

    keep: Mapping[str, int] = field(default_factory=dict)
    zeros: Mapping[str, float] = field(default_factory=dict)
    fresh: bool = False


def with_best_units(model: Any, keep: Mapping[str, int], data: Dataset) -> Any:
    """Return a model with the units of the greatest L2 norm, best first, and their weights."""
    graph = read_graph(model)
    counts = {group_named(graph, name): count for name, count in keep.items()}
    scores = rank(model, graph, list(counts), "l2", data)
    best = {
        group: np.argsort(-scores[group], kind="stable")[:count] for group, count in counts.items()
    }
    return rebuild(model, graph, best)


def group_named(graph: ChannelGraph, layer: str) -> int:
    """Return the group whose units the layer makes."""
    group = graph.group_of(layer)
    assert group is not None, layer
    return group


def stack_of(model: Any, copies: Sequence[Copy], seed: int) -> tuple[StackedNet, Masks]:
    """Return the stack with its living weights: each copy keeps the first units of each layer.

    The model's units are in the order of their worth (`with_best_units`).
    """
    net = StackedNet(model, len(copies))
    alive = _alive(net, read_graph(model), copies)
    generator = np.random.default_rng([seed, 1])
    for key, variable in (net.weights | net.moving).items():
        values = variable.numpy()
        living = alive.get(key, np.ones(values.shape, bool))
        for place in (place for place, copy in enumerate(copies) if copy.fresh):
            values[place] = _fresh(key[1], living[place], generator)
        variable.assign(values)
    return net, alive


def _alive(net: StackedNet, graph: ChannelGraph, copies: Sequence[Copy]) -> Masks:
    """Return masks of the weights that belong to units that their copy keeps."""
    alive = {key: np.ones(value.shape, bool) for key, value in net.weights.items()}
    for place, copy in enumerate(copies):
        kept = {group_named(graph, name): count for name, count in copy.keep.items()}
        cuts = [(layer, cut) for layer, every in graph.cuts.items() for cut in every]
        for layer, cut in cuts:
            key, group = (layer, cut.weight), cut.channels.group
            if key not in alive or group not in kept:
                continue
            indices = cut.channels.indices(graph.groups[group].size, np.arange(kept[group]))
            mask = np.zeros(alive[key].shape[1:], bool)
            mask[(slice(None),) * (cut.axis % mask.ndim) + (indices,)] = True
            alive[key][place] &= mask
    return alive


def teacher_logits(model: Any, data: Dataset) -> np.ndarray:
    """Return the logits (N, classes) of the trained model for the training split."""
    outputs = model.predict(data.train.x, verbose=0)
    if np.all(outputs >= 0) and np.allclose(outputs.sum(axis=-1), 1, atol=1e-3):
        outputs = np.log(np.maximum(outputs, 1e-9))  # a softmax ends the model
    logits: np.ndarray = outputs.astype(np.float32)
    return logits


def best_copy(fitted: Fitted) -> int:
    """Return the copy of the best validation accuracy after the last epoch, then of least loss."""
    order = np.lexsort((fitted.val_loss[-1], -fitted.val_accuracy[-1]))
    return int(order[0])


def _fresh(attribute: str, alive: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return new weights: Glorot's uniform ones by the living inputs and outputs, 0 or 1 else."""
    if not attribute.endswith("kernel"):
        return np.full(alive.shape, float(attribute in ("gamma", "moving_variance")), np.float32)
    inside = int(np.prod(alive.shape[:-2]))
    whole = alive.reshape(inside, *alive.shape[-2:]).max(axis=0)
    inputs, outputs = int(whole.max(axis=1).sum()), int(whole.max(axis=0).sum())
    if attribute == "depthwise_kernel":
        inputs = outputs = 1
    limit = np.sqrt(6 / max(1, inside * (inputs + outputs)))
    drawn: np.ndarray = generator.uniform(-limit, limit, alive.shape).astype(np.float32)
    return np.where(alive, drawn, np.float32(0))
