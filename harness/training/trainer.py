"""Training tf_keras models: seeded, deterministic, tuned on the validation split only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from harness.data.dataset import Dataset, Split
from harness.errors import TrainingError
from harness.training.convergence import DROP, Convergence, NextStep
from harness.training.epochs import CompiledEpochs
from harness.training.gradients import batch_gradients
from harness.training.masks import Masks
from harness.training.outputs import scored

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

    `kept`: of each fit the epoch whose weights were kept, counted from 1 through all of `history`.
    `on_epoch(epoch, epochs, validation metric in words)` is called after every epoch, from 1.
    """

    def __init__(
        self,
        data: Dataset,
        *,
        batch_size: int,
        seed: int,
        on_epoch: Callable[[int, int, str], None],
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

    @property
    def batch_size(self) -> int:
        """Samples a batch."""
        return self._batch_size

    def report(self, epoch: int, epochs: int, score: str) -> None:
        """Report an epoch of a training that is not one of `fit`."""
        self._on_epoch(epoch, epochs, score)

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
        masks: Masks | None = None,
        *,
        epochs: int,
        learning_rate: float,
        patience: int | None = None,
        keep_best_from: int = 0,
        before_epoch: Callable[[int], None] | None = None,
    ) -> None:
        """Train `model`, pruned weights held at zero, and leave it with its best epoch's weights.

        Best: least validation loss among the epochs from `keep_best_from` (counted from 0) on.
        Convergence says when the learning rate drops and when training stops. `before_epoch`,
        called with each epoch, may change `masks`. Appends to `history`.
        """
        import tf_keras as keras

        keras.utils.set_random_seed(self.seed)
        if self._compiled is None or not self._compiled.fits(model, masks):
            self._compiled = CompiledEpochs(model, masks or Masks(()), self.data, self._batch_size)
        self._compiled.restart(self.seed, learning_rate)
        convergence = Convergence(model, first=min(keep_best_from, epochs - 1), patience=patience)
        before = max((len(values) for values in self.history.values()), default=0)
        for epoch in range(epochs):
            if before_epoch is not None:
                before_epoch(epoch)
            metrics = self._compiled.run()
            for metric, value in metrics.items():
                self.history.setdefault(metric, []).append(value)
            self._on_epoch(epoch + 1, epochs, _metric_text(metrics))
            next_step = convergence.after(epoch, metrics["val_loss"])
            if next_step is NextStep.STOP:
                break
            if next_step is NextStep.LOWER:
                self._compiled.learning_rate = learning_rate * DROP
        convergence.restore()
        if convergence.kept_epoch is not None:
            self.kept.append(before + convergence.kept_epoch + 1)

    def batch_gradients(self, model: Any, variables: Sequence[Any]) -> Iterator[list[np.ndarray]]:
        """For each batch of the training split the gradients of its mean loss."""
        return batch_gradients(model, variables, self.data, self._batch_size)

    def predict(self, model: Any, split: Split | None = None) -> np.ndarray:
        """Scored outputs (N, ...) for `split`, by default the test split, which chooses nothing."""
        scores: np.ndarray = scored(model.predict((split or self.data.test).x, verbose=0))
        return scores


def _metric_text(metrics: dict[str, float]) -> str:
    name = next(name for name in metrics if name.startswith("val_") and name != "val_loss")
    return f"{name.replace('val_', 'validation ')} {metrics[name]:.3f}"
