"""A small residual net on scikit-learn's digits (He et al., arXiv:1512.03385, scaled down)."""

from __future__ import annotations

from typing import Any

from models.digits import dataset

__all__ = ["build", "dataset"]

FILTERS = 12


def build() -> Any:
    """Conv2D(12) → 2 blocks of two 3x3 convolutions with a shortcut → mean → Dense(10)."""
    import tf_keras as keras

    layers = keras.layers

    def conv(x: Any, name: str, *, relu: bool) -> Any:
        x = layers.Conv2D(FILTERS, 3, padding="same", use_bias=False, name=name)(x)
        x = layers.BatchNormalization(name=f"{name}_norm")(x)
        return layers.ReLU(name=f"{name}_relu")(x) if relu else x

    image = layers.Input((8, 8, 1), name="image")
    x = conv(image, "stem", relu=True)
    for number in (1, 2):
        y = conv(conv(x, f"block_{number}_a", relu=True), f"block_{number}_b", relu=False)
        x = layers.Add(name=f"block_{number}_add")([x, y])
        x = layers.ReLU(name=f"block_{number}_relu")(x)
        x = layers.MaxPooling2D(name=f"block_{number}_pool")(x)
    x = layers.AveragePooling2D(2, name="mean")(x)
    digit = layers.Dense(10, activation="softmax", name="digit")(layers.Flatten(name="flatten")(x))
    return keras.Model(image, digit, name="digits_resnet")
