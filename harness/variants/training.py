"""Training with tf_keras: seeded, deterministic, tuned on the validation split only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from harness.errors import TrainingError
from harness.variants.dataset import Dataset
from harness.variants.epochs import CompiledEpochs
from harness.variants.masks import Masks

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

    `kept`: of each fit, the epoch whose weights were kept, counted from 1 over all of `history`.
    `kept`: of each fit the epoch whose weights were kept, counted from 1 through all of `history`.
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
        self.seed = seed
        self.history: History = {}
        self.kept: list[int] = []
        self._batch_size = batch_size
        self._on_epoch = on_epoch
        self._compiled: CompiledEpochs | None = None

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

    def fresh(self, model: Any) -> Any:
        """A model of the same layers, untrained; its first weights depend on the seed only."""
        import tf_keras as keras

        keras.utils.set_random_seed(self.seed)
        return keras.models.clone_model(model)

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

        keras.utils.set_random_seed(self.seed)
        model.compile(
            optimizer=keras.optimizers.Adam(learning_rate),
            loss=keras.losses.SparseCategoricalCrossentropy(),
            metrics=["accuracy"],
        )
        best = _BestEpoch(model, min(keep_best_from, epochs - 1), patience)

        def after_epoch(epoch: int, logs: dict[str, float]) -> None:
            model.stop_training = best.is_reached(epoch, logs["val_loss"])
            self._on_epoch(epoch + 1, epochs, float(logs["val_accuracy"]))

        watch = keras.callbacks.LambdaCallback(
            on_epoch_end=after_epoch, on_train_end=lambda _: best.restore()
        )
        done = model.fit(
            self.data.train.x,
            self.data.train.y,
            batch_size=self._batch_size,
            epochs=epochs,
            validation_data=(self.data.validation.x, self.data.validation.y),
            callbacks=[*callbacks, watch],
            verbose=0,
        )
        self._note_kept(best, self._epochs_done())
        for metric, values in done.history.items():
            self.history.setdefault(metric, []).extend(float(value) for value in values)

    def fit_masked(
        self,
        model: Any,
        masks: Masks,
        *,
        epochs: int,
        learning_rate: float,
        patience: int | None = None,
        keep_best_from: int = 0,
        before_epoch: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Train as `fit` does, with pruned weights held at zero, in compiled epochs.

        `before_epoch`, called with each epoch counted from 0, may change `masks`.
        """
        import tf_keras as keras

        keras.utils.set_random_seed(self.seed)
        if self._compiled is None or self._compiled.masks is not masks:
            self._compiled = CompiledEpochs(model, masks, self.data, self._batch_size)
        self._compiled.restart(self.seed, learning_rate)
        best = _BestEpoch(model, min(keep_best_from, epochs - 1), patience)
        before = self._epochs_done()
        for epoch in range(epochs):
            before_epoch(epoch)
            metrics = self._compiled.run()
            for metric, value in metrics.items():
                self.history.setdefault(metric, []).append(value)
            self._on_epoch(epoch + 1, epochs, metrics["val_accuracy"])
            if best.is_reached(epoch, metrics["val_loss"]):
                break
        best.restore()
        self._note_kept(best, before)

    def _epochs_done(self) -> int:
        return max((len(values) for values in self.history.values()), default=0)

    def _note_kept(self, best: _BestEpoch, before: int) -> None:
        if best.epoch is not None:
            self.kept.append(before + best.epoch + 1)

    def batch_gradients(self, model: Any, variables: Sequence[Any]) -> Iterator[list[np.ndarray]]:
        """For each batch of the training split the gradients of its mean loss."""
        import tensorflow as tf
        import tf_keras as keras

        loss = keras.losses.SparseCategoricalCrossentropy()

        @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
        def gradients(x: Any, y: Any) -> Any:
            with tf.GradientTape() as tape:
                value = loss(y, model(x, training=False))
            return tape.gradient(value, list(variables), unconnected_gradients="zero")

        train = self.data.train
        for start in range(0, len(train.x), self._batch_size):
            batch = slice(start, start + self._batch_size)
            yield [part.numpy() for part in gradients(train.x[batch], train.y[batch])]

    def predict(self, model: Any) -> np.ndarray:
        """Scores (N, classes) of the test split; nothing is ever chosen by them."""
        scores: np.ndarray = model.predict(self.data.test.x, verbose=0)
        return scores


class _BestEpoch:
    """Keeps the weights of the epoch with the least validation loss, from epoch `first` on.

    `epoch`: which one that was, counted from 0.

    Keras' EarlyStopping cannot be told to disregard the epochs in which sparsity still rises.
    """

    def __init__(self, model: Any, first: int, patience: int | None) -> None:
        self._model = model
        self._first = first
        self._patience = patience
        self._least = float("inf")
        self._kept: list[np.ndarray] | None = None
        self._since = 0
        self.epoch: int | None = None

    def is_reached(self, epoch: int, loss: float) -> bool:
        """Take note of an epoch; whether `patience` epochs have passed without a better one."""
        if epoch < self._first:
            return False
        if loss < self._least:
            self._least, self._since = loss, 0
            self._kept, self.epoch = self._model.get_weights(), epoch
            return False
        self._since += 1
        return self._patience is not None and self._since >= self._patience

    def restore(self) -> None:
        """Give the model the weights kept; those it has where every loss was NaN."""
        if self._kept is not None:
            self._model.set_weights(self._kept)
