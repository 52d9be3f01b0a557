"""Training of stacked copies: distilled, with zeros that rise under masks, quantised at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.data.dataset import Dataset
from harness.training.stacked import StackedNet

Key = tuple[str, str]  # layer and attribute
Masks = dict[Key, np.ndarray]

_BETA, _GAMMA, _TINY = 0.9, 0.999, 1e-7  # Adam's
_RAMP = 0.5  # of the epochs, in which zeros rise
_WARM = 0.4  # of the epochs, before kernels are rounded
EVALUATED_AT_ONCE = 512


@dataclass(frozen=True)
class Recipe:
    """Settings of the copies' training.

    `distil`: share of the loss that compares with the teacher at `temperature` (Hinton et al.,
    arXiv:1503.02531); the rest is cross entropy. `qat`: kernels are rounded to int8 in the later
    part. The learning rate falls along a cosine to zero; the weights after the last epoch stay.
    """

    epochs: int
    learning_rate: float
    batch_size: int
    distil: float = 0.9
    temperature: float = 3.0
    qat: bool = True


@dataclass(frozen=True, eq=False)
class Fitted:
    """By epoch and copy (epochs, copies): mean loss, validation loss and accuracy."""

    loss: np.ndarray
    val_loss: np.ndarray
    val_accuracy: np.ndarray


def fit_stack(
    net: StackedNet,
    data: Dataset,
    teacher: np.ndarray | None,
    recipe: Recipe,
    *,
    seed: int,
    alive: Masks,
    zeros: Sequence[Mapping[str, float]],
    on_epoch: Callable[[int, np.ndarray], None],
) -> Fitted:
    """Train all copies on the training split.

    `teacher`: (N, classes) logits of the training split, None: cross entropy alone. `alive`:
    (copies, *shape) masks of the weights that units left; others are zero. `zeros`: of each copy
    the share of zeros by layer, of its living kernel weights; smallest magnitudes go, cubically
    rising over half of the epochs. `on_epoch(epoch, validation accuracies)` counts from 1.
    """
    run = _Run(net, data, teacher, recipe, alive)
    order = np.random.default_rng(seed)
    rows: list[tuple[np.ndarray, ...]] = []
    for epoch in range(recipe.epochs):
        run.prune(zeros, _risen(epoch, recipe.epochs))
        quantised = recipe.qat and epoch >= _WARM * recipe.epochs
        rows.append(run.epoch(epoch, order, quantised=quantised))
        on_epoch(epoch + 1, rows[-1][2])
    run.prune(zeros, 1.0)
    loss, val_loss, accuracy = (np.array(column) for column in zip(*rows, strict=True))
    return Fitted(loss, val_loss, accuracy)


def _risen(epoch: int, epochs: int) -> float:
    """Return the share of the final zeros: cubic (Zhu and Gupta, arXiv:1710.01878)."""
    done = min(1.0, (epoch + 1) / max(1, _RAMP * epochs))
    return float(1 - (1 - done) ** 3)


class _Run:
    """Variables of one training, and its compiled epochs."""

    def __init__(
        self,
        net: StackedNet,
        data: Dataset,
        teacher: np.ndarray | None,
        recipe: Recipe,
        alive: Masks,
    ) -> None:
        import tensorflow as tf

        self._net, self._recipe, self._alive = net, recipe, alive
        self._keys = list(net.weights)
        self._variables = [net.weights[key] for key in self._keys]
        self._moments = [
            [tf.Variable(tf.zeros_like(each)) for each in self._variables] for _ in range(2)
        ]
        self._masks = {
            key: tf.Variable(alive[key].astype(np.float32), trainable=False) for key in alive
        }
        self._step = tf.Variable(0.0)
        self._train = tuple(map(tf.constant, (data.train.x, data.train.y)))
        self._validation = tuple(map(tf.constant, (data.validation.x, data.validation.y)))
        self._teacher = None if teacher is None else tf.constant(teacher, tf.float32)
        self._compiled = tf.function(self._epoch)
        self._apply_masks()

    def prune(self, zeros: Sequence[Mapping[str, float]], risen: float) -> None:
        """Set the masks for a share of the final zeros."""
        for layer in {name for each in zeros for name, share in each.items() if share > 0}:
            key = (layer, "kernel")
            weights, alive = np.abs(self._net.weights[key].numpy()), self._alive[key]
            mask = alive.copy()
            for copy, each in enumerate(zeros):
                places = np.flatnonzero(alive[copy])
                count = min(round(each.get(layer, 0.0) * risen * places.size), places.size - 1)
                lowest = np.argsort(weights[copy].ravel()[places], kind="stable")[: max(0, count)]
                mask[copy].reshape(-1)[places[lowest]] = False
            self._masks[key].assign(mask.astype(np.float32))
        self._apply_masks()

    def epoch(
        self, epoch: int, order: np.random.Generator, *, quantised: bool
    ) -> tuple[np.ndarray, ...]:
        """Return training loss, validation loss and accuracy (copies,) of one epoch."""
        recipe = self._recipe
        rate = recipe.learning_rate * (0.5 + 0.5 * np.cos(np.pi * epoch / recipe.epochs))
        rows = order.permutation(len(self._train[1])).astype(np.int32)
        found = self._compiled(rows, np.float32(rate), quantised)
        return tuple(each.numpy() for each in found)

    def _apply_masks(self) -> None:
        for key, mask in self._masks.items():
            self._net.weights[key].assign(self._net.weights[key] * mask)

    def _epoch(self, order: Any, rate: Any, quantised: bool) -> tuple[Any, ...]:
        import tensorflow as tf

        total = tf.zeros(self._net.count)
        for start in tf.range(0, tf.size(order), self._recipe.batch_size):
            rows = order[start : start + self._recipe.batch_size]
            x, y = tf.gather(self._train[0], rows), tf.gather(self._train[1], rows)
            goal = None if self._teacher is None else tf.gather(self._teacher, rows)
            with tf.GradientTape() as tape:
                logits = self._net.logits(x, training=True, quantised=quantised)
                losses = self._losses(logits, y, goal)
                whole = tf.reduce_sum(losses)
            self._adam(tape.gradient(whole, self._variables), rate)
            self._apply_masks()
            total += losses * tf.cast(tf.size(rows), tf.float32)
        right, loss = tf.zeros(self._net.count), tf.zeros(self._net.count)
        count = len(self._validation[1])
        for start in range(0, count, EVALUATED_AT_ONCE):
            x, y = (part[start : start + EVALUATED_AT_ONCE] for part in self._validation)
            logits = self._net.logits(x, training=False, quantised=quantised)
            hits = tf.equal(tf.argmax(logits, axis=-1), tf.cast(y, tf.int64)[None])
            right += tf.reduce_sum(tf.cast(hits, tf.float32), axis=1)
            loss += self._losses(logits, y, None) * tf.cast(tf.size(y), tf.float32)
        return total / tf.cast(tf.size(order), tf.float32), loss / count, right / count

    def _losses(self, logits: Any, y: Any, goal: Any) -> Any:
        """Return the mean loss of each copy."""
        import tensorflow as tf

        labels = tf.tile(tf.cast(y, tf.int32)[None], (self._net.count, 1))
        plain = tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits), axis=1
        )
        if goal is None:
            return plain
        recipe = self._recipe
        soft = tf.nn.softmax(goal / recipe.temperature)[None]
        soft = tf.tile(soft, (self._net.count, 1, 1))
        like = tf.nn.softmax_cross_entropy_with_logits(soft, logits / recipe.temperature)
        share = recipe.distil
        return share * recipe.temperature**2 * tf.reduce_mean(like, axis=1) + (1 - share) * plain

    def _adam(self, gradients: Sequence[Any], rate: Any) -> None:
        import tensorflow as tf

        self._step.assign_add(1.0)
        bias = tf.sqrt(1 - _GAMMA**self._step) / (1 - _BETA**self._step)
        for place, (variable, gradient) in enumerate(zip(self._variables, gradients, strict=True)):
            mean, square = self._moments[0][place], self._moments[1][place]
            mean.assign(_BETA * mean + (1 - _BETA) * gradient)
            square.assign(_GAMMA * square + (1 - _GAMMA) * gradient * gradient)
            variable.assign_sub(rate * bias * mean / (tf.sqrt(square) + _TINY))
