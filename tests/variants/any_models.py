"""Small models of layers that the zoo does not have, with data that they can learn."""

from __future__ import annotations

from typing import Any

import numpy as np

SAMPLES = 240


def steps() -> tuple[np.ndarray, np.ndarray]:
    """Sequences (N, 8, 3), labelled 1 where the first channel rises."""
    generator = np.random.default_rng(11)
    x = generator.normal(size=(SAMPLES, 8, 3)).astype(np.float32)
    rise = generator.choice([-1.0, 1.0], SAMPLES)
    x[:, :, 0] += rise[:, None] * np.linspace(-2, 2, 8)
    return x, (rise > 0).astype(np.int64)


def recurrent() -> Any:
    """Conv1D, DepthwiseConv1D, LSTM and GRU; one sigmoid output."""
    import tf_keras as keras

    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((8, 3), name="steps"),
            layers.Conv1D(6, 3, padding="same", activation="relu", name="conv"),
            layers.DepthwiseConv1D(3, padding="same", name="deep"),
            layers.MaxPooling1D(name="pool"),
            layers.LSTM(5, return_sequences=True, name="lstm"),
            layers.GRU(6, name="gru"),
            layers.Dense(1, activation="sigmoid", name="rises"),
        ],
        name="recurrent",
    )


def points() -> tuple[np.ndarray, np.ndarray]:
    """Points (N, 4), labelled 1 in a quarter of the space, one in three."""
    x = np.random.default_rng(14).normal(size=(SAMPLES, 4)).astype(np.float32)
    return x, (x[:, 0] + x[:, 1] > 0.6).astype(np.int64)


def labels() -> tuple[np.ndarray, np.ndarray]:
    """The same points with the signs of two coordinates as labels."""
    x, _ = points()
    return x, (x[:, :2] > 0).astype(np.int64)


def _dense(outputs: int, activation: str | None) -> Any:
    import tf_keras as keras

    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((4,), name="x"),
            layers.Dense(8, activation="relu", name="hidden"),
            layers.Dense(outputs, activation=activation, name="out"),
        ],
        name="dense",
    )


def yes_no() -> Any:
    """One sigmoid output."""
    return _dense(1, "sigmoid")


def logit() -> Any:
    """One output without sigmoid."""
    return _dense(1, None)


def two_labels() -> Any:
    """A sigmoid output for each of two labels."""
    return _dense(2, "sigmoid")


def words() -> tuple[np.ndarray, np.ndarray]:
    """Sequences of 6 words of 12, and rows of labels: whether word 0, 1 and 2 are among them."""
    x = np.random.default_rng(12).integers(0, 12, (SAMPLES, 6))
    y = np.stack([(x == word).any(axis=1) for word in range(3)], axis=1)
    return x.astype(np.float32), y.astype(np.int64)


def attention() -> Any:
    """Embedding, attention of two heads and LayerNormalization; a sigmoid output a label."""
    import tf_keras as keras

    layers = keras.layers
    word = layers.Input((6,), name="words")
    x = layers.Embedding(12, 8, name="table")(word)
    attended = layers.MultiHeadAttention(2, 4, name="attention")(x, x)
    x = layers.LayerNormalization(name="norm")(layers.Add(name="sum")([x, attended]))
    x = layers.Dense(10, activation="relu", name="hidden")(x)
    x = layers.GlobalMaxPooling1D(name="most")(x)
    labels = layers.Dense(3, activation="sigmoid", name="labels")(x)
    return keras.Model(word, labels, name="attention")


def images() -> tuple[np.ndarray, np.ndarray]:
    """Images (N, 8, 8, 1) of noise with a bright corner, one of three."""
    generator = np.random.default_rng(13)
    x = generator.normal(size=(SAMPLES, 8, 8, 1)).astype(np.float32)
    y = np.arange(SAMPLES) % 3
    for index, corner in enumerate(y):
        row, column = divmod(int(corner), 2)
        x[index, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4] += 1.5
    return x, y


def upscaling() -> Any:
    """Conv2D down, Conv2DTranspose up, SeparableConv2D; three softmax outputs."""
    import tf_keras as keras

    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((8, 8, 1), name="image"),
            layers.Conv2D(5, 3, strides=2, padding="same", activation="relu", name="down"),
            layers.Conv2DTranspose(4, 3, strides=2, padding="same", name="up"),
            layers.SeparableConv2D(6, 3, activation="relu", name="separable"),
            layers.MaxPooling2D(3, name="pool"),
            layers.Flatten(name="flat"),
            layers.Dense(3, activation="softmax", name="corner"),
        ],
        name="upscaling",
    )
