"""A small multi-layer perceptron on scikit-learn's digits."""

from __future__ import annotations

from typing import Any

from models.digits import dataset

__all__ = ["build", "dataset"]


def build() -> Any:
    """Flatten → Dense(64) → Dense(32) → Dense(10, softmax); 6,464 MACs."""
    import tf_keras as keras

    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((8, 8, 1), name="image"),
            layers.Flatten(name="flatten"),
            layers.Dense(64, activation="relu", name="hidden_1"),
            layers.Dense(32, activation="relu", name="hidden_2"),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="digits_mlp",
    )
