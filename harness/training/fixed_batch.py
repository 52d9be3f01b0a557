"""A model as the converter needs it: a batch of 1, and steps of GRU and SimpleRNN without a loop.

With an open batch the converter computes shapes at run time: SHAPE, STRIDED_SLICE and PACK before
each RESHAPE, loops for recurrent layers. Models of the layers below have none of these; they are
converted as they are.
"""

from __future__ import annotations

from typing import Any

from harness.training.configuration import rebuilt
from harness.training.kernels import flat_layers

# Layers with the same operators whether the batch is open or not.
OPEN_BATCH = frozenset(
    {
        *("InputLayer", "Dense", "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Flatten"),
        *("AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "MaxPooling2D"),
        *("Activation", "ELU", "LeakyReLU", "ReLU", "Softmax", "BatchNormalization"),
        *("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"),
        *("Dropout", "GaussianNoise", "SpatialDropout2D", "ZeroPadding2D"),
    }
)
UNROLLED = ("GRU", "SimpleRNN")  # TFLite has an operator for LSTM alone


def for_converter(model: Any) -> Any:
    """Return `model`, or a copy with a batch of 1 where its layers need that."""
    if all(_open(layer) for _, layer in flat_layers(model)):
        return model
    return rebuilt(model, _unrolled, batch=1)


def _open(layer: Any) -> bool:
    import tf_keras as keras

    name = type(layer).__name__
    if name not in OPEN_BATCH or getattr(keras.layers, name, None) is not type(layer):
        return False
    return name != "Dense" or len(layer.get_input_shape_at(0)) == 2


def _unrolled(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    return config | {"unroll": True} if kind in UNROLLED else config
