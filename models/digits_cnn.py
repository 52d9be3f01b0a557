"""A small convolutional net on scikit-learn's handwritten digits (8x8 pixels, 10 classes)."""

from __future__ import annotations

from typing import Any

from models.digits import dataset

__all__ = ["build", "dataset"]


def build() -> Any:
    """Conv2D(8, 3x3) → MaxPool → Flatten → Dense(100) → Dense(10, softmax); 10,792 MACs.

    Model and layers are named, for automatic names would leak into the .tflite file.
    """
    import tf_keras as keras

    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((8, 8, 1), name="image"),
            layers.Conv2D(8, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(name="pool"),
            layers.Flatten(name="flatten"),
            layers.Dense(100, activation="relu", name="hidden"),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="digits_cnn",
    )
