"""A depthwise separable CNN on scikit-learn's digits, built as keyword spotters are.

Zhang et al., "Hello Edge", arXiv:1711.07128, scaled down to 8x8 pixels.
"""

from __future__ import annotations

from typing import Any

from models.digits import dataset

__all__ = ["build", "dataset"]

BLOCKS = (24, 32)


def build() -> Any:
    """Conv2D(16) → 2 x (depthwise 3x3, pointwise), each with BatchNorm → mean → Dense(10)."""
    import tf_keras as keras

    layers = keras.layers
    stack = [
        layers.Input((8, 8, 1), name="image"),
        layers.Conv2D(16, 3, padding="same", use_bias=False, name="stem"),
        layers.BatchNormalization(name="stem_norm"),
        layers.ReLU(name="stem_relu"),
    ]
    for number, filters in enumerate(BLOCKS, 1):
        stack += [
            layers.DepthwiseConv2D(
                3, strides=number, padding="same", use_bias=False, name=f"depth_{number}"
            ),
            layers.BatchNormalization(name=f"depth_{number}_norm"),
            layers.ReLU(name=f"depth_{number}_relu"),
            layers.Conv2D(filters, 1, use_bias=False, name=f"point_{number}"),
            layers.BatchNormalization(name=f"point_{number}_norm"),
            layers.ReLU(name=f"point_{number}_relu"),
        ]
    stack += [
        layers.AveragePooling2D(4, name="mean"),
        layers.Flatten(name="flatten"),
        layers.Dense(10, activation="softmax", name="digit"),
    ]
    return keras.Sequential(stack, name="digits_dscnn")
