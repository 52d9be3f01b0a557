"""The loss that training minimises, and the metric reported after each epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from harness.data.dataset import Dataset
from harness.measure.threshold import LOGIT, PROBABILITY, takes_threshold
from harness.training.outputs import scored_layer

METRIC = {
    "classification": "accuracy",
    "multilabel": "accuracy",
    "regression": "mae",
    "anomaly": "mae",
}


class Objective:
    """Loss and metric of a data set's task for one model.

    Classification: cross entropy, of logits where no softmax ends the model, and the share of right
    answers. Two classes by one output, and several labels at once: binary cross entropy, of logits
    where no sigmoid ends the model, and the share of samples with all answers right. Otherwise mean
    squared error and mean absolute error; an autoencoder is held to its own input.
    """

    def __init__(self, data: Dataset, model: Any) -> None:
        import tf_keras as keras

        self._classes = data.task == "classification"
        self._cut = default_threshold(model, data.task)
        self.metric = METRIC[data.task]
        self.loss: Any
        if self._cut is not None:
            self.loss = self._binary(
                keras.losses.BinaryCrossentropy(from_logits=not ends_in(model, "sigmoid"))
            )
        elif self._classes:
            logits = not ends_in(model, "softmax")
            self.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=logits)
        else:
            self.loss = keras.losses.MeanSquaredError()

    def metric_sum(self, goals: Any, outputs: Any) -> Any:
        """The metric added up over a batch: right answers, or absolute errors a sample."""
        import tensorflow as tf

        if self._cut is not None:
            wanted = tf.reshape(goals, tf.shape(outputs)) > 0
            every = tf.reduce_all(tf.equal(outputs >= self._cut, wanted), axis=1)
            return tf.reduce_sum(tf.cast(every, tf.float32))
        if self._classes:
            right = tf.equal(tf.argmax(outputs, axis=1), tf.cast(goals, tf.int64))
            return tf.reduce_sum(tf.cast(right, tf.float32))
        errors = tf.abs(outputs - tf.reshape(goals, tf.shape(outputs)))
        size = tf.cast(tf.size(errors) / tf.shape(errors)[0], tf.float32)
        return tf.reduce_sum(errors) / size

    def _binary(self, loss: Any) -> Callable[[Any, Any], Any]:
        import tensorflow as tf

        return lambda goals, outputs: loss(
            tf.cast(tf.reshape(goals, tf.shape(outputs)), outputs.dtype), outputs
        )


def default_threshold(model: Any, task: str) -> float | None:
    """Where the model's outputs begin to say yes: 0.5, of logits 0; None where they do not."""
    if not takes_threshold(task, int(np.prod(model.outputs[0].shape[1:]))):
        return None
    return PROBABILITY if ends_in(model, "sigmoid") else LOGIT


def ends_in(model: Any, function: Literal["softmax", "sigmoid"]) -> bool:
    """True where the outputs are probabilities already."""
    last = scored_layer(model)
    activation = getattr(last, "activation", None)
    named = getattr(activation, "__name__", "") == function
    return named or type(last).__name__.lower() == function
