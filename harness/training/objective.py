"""The loss that training minimises, and the metric reported after each epoch."""

from __future__ import annotations

from typing import Any

from harness.data.dataset import Dataset

METRIC = {"classification": "accuracy", "regression": "mae", "anomaly": "mae"}


class Objective:
    """Loss and metric of a data set's task for one model.

    Classification: cross entropy, of logits where no softmax ends the model, and the share of right
    answers. Otherwise mean squared error and mean absolute error; an autoencoder is held to its own
    input.
    """

    def __init__(self, data: Dataset, model: Any) -> None:
        import tf_keras as keras

        self._classes = data.task == "classification"
        self.metric = METRIC[data.task]
        self.loss: Any = (
            keras.losses.SparseCategoricalCrossentropy(from_logits=not ends_in_softmax(model))
            if self._classes
            else keras.losses.MeanSquaredError()
        )

    def metric_sum(self, goals: Any, outputs: Any) -> Any:
        """The metric added up over a batch: right answers, or absolute errors a sample."""
        import tensorflow as tf

        if self._classes:
            right = tf.equal(tf.argmax(outputs, axis=1), tf.cast(goals, tf.int64))
            return tf.reduce_sum(tf.cast(right, tf.float32))
        errors = tf.abs(outputs - tf.reshape(goals, tf.shape(outputs)))
        size = tf.cast(tf.size(errors) / tf.shape(errors)[0], tf.float32)
        return tf.reduce_sum(errors) / size


def ends_in_softmax(model: Any) -> bool:
    """True where the outputs are probabilities already."""
    last = model.layers[-1]
    activation = getattr(last, "activation", None)
    return type(last).__name__ == "Softmax" or getattr(activation, "__name__", "") == "softmax"
