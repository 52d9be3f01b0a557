"""Training with tf_keras: seeded, deterministic, tuned on the validation split only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from harness.errors import TrainingError
from harness.variants.dataset import Dataset

History = dict[str, list[float]]


def start_tensorflow(seed: int) -> None:
    """Make TensorFlow repeatable on this machine; call it before any model is made."""
    import tensorflow as tf
    import tf_keras as keras

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(seed)


class Trainer:
    """Fits models on one data set and remembers the history of each fit.

    `on_epoch(epoch, epochs, validation accuracy)` is called after every epoch, counted from 1.
    """

    def __init__(
        self,
        data: Dataset,
        *,
        batch_size: int,
        seed: int,
        on_epoch: Callable[[int, int, float], None],
    ) -> None:
        self.data = data
        self.history: History = {}
        self._batch_size = batch_size
        self._seed = seed
        self._on_epoch = on_epoch

    @property
    def steps_per_epoch(self) -> int:
        """Batches an epoch."""
        return -(-len(self.data.train.x) // self._batch_size)

    def check_steps(self, variant: str, end_step: int, last_step: int) -> None:
        """Raise TrainingError where a schedule would end after the training does."""
        if end_step > last_step:
            raise TrainingError(
                f"end_step {end_step} lies behind the last of {last_step} steps",
                where=f"variant {variant}",
                hint=f"an epoch has {self.steps_per_epoch} steps: "
                "raise epochs, or lower end_step or frequency",
            )

    def clone(self, model: Any) -> Any:
        """A model of the same layers with weights of its own."""
        import tf_keras as keras

        copy = keras.models.clone_model(model)
        copy.set_weights(model.get_weights())
        return copy

    def fit(
        self,
        model: Any,
        *,
        epochs: int,
        learning_rate: float,
        callbacks: Sequence[Any] = (),
        patience: int | None = None,
        keep_best_from: int = 0,
    ) -> None:
        """Train `model` and leave it with the weights of its best epoch.

        Best: least validation loss among the epochs from `keep_best_from` (counted from 0) on.
        Training stops when `patience` epochs brought no better one. Appends to `history`.
        """
        import tf_keras as keras

        keras.utils.set_random_seed(self._seed)
        model.compile(
            optimizer=keras.optimizers.Adam(learning_rate),
            loss=keras.losses.SparseCategoricalCrossentropy(),
            metrics=["accuracy"],
        )
        best = _best_epoch(min(keep_best_from, epochs - 1), patience)
        told = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: self._on_epoch(
                epoch + 1, epochs, float(logs["val_accuracy"])
            )
        )
        done = model.fit(
            self.data.train.x,
            self.data.train.y,
            batch_size=self._batch_size,
            epochs=epochs,
            validation_data=(self.data.validation.x, self.data.validation.y),
            callbacks=[*callbacks, best, told],
            verbose=0,
        )
        for metric, values in done.history.items():
            self.history.setdefault(metric, []).extend(float(value) for value in values)

    def predict(self, model: Any) -> np.ndarray:
        """Scores (N, classes) of the test split; nothing is ever chosen by them."""
        scores: np.ndarray = model.predict(self.data.test.x, verbose=0)
        return scores


def _best_epoch(first: int, patience: int | None) -> Any:
    """A callback that restores the weights of the epoch with the least validation loss.

    Keras' EarlyStopping cannot be told to disregard the epochs in which sparsity still rises.
    """
    import tf_keras as keras

    class BestEpoch(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_begin(self, logs: Any = None) -> None:  # noqa: ARG002
            self.least, self.kept, self.since = float("inf"), None, 0

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if epoch < first:
                return
            if logs["val_loss"] < self.least:
                self.least, self.since = logs["val_loss"], 0
                self.kept = self.model.get_weights()
                return
            self.since += 1
            if patience is not None and self.since >= patience:
                self.model.stop_training = True

        def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002
            if self.kept is not None:
                self.model.set_weights(self.kept)

    return BestEpoch()
