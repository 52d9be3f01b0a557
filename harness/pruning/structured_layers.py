"""Layers whose units `neuron` and `filter` remove, the weights to cut, and the layers between.

The only list of its kind: the methods, the channel graph and docs/layers.md follow it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Removal = Literal["neuron", "filter"]


@dataclass(frozen=True)
class Axis:
    """An axis of a layer's weight, named by its attributes behind the layer."""

    weight: str
    axis: int


@dataclass(frozen=True)
class UnitLayer:
    """A layer that mixes the channels of its input into units of its own.

    `size`: the key of its configuration that counts the units. `reads`: the axis of the input's
    channels; `widened`: a further one, where each channel has `depth_multiplier` maps; `makes`:
    axes of the units, `gates` times over all of them; `returns`: the axis along which the layer
    reads its own units of the step before.
    """

    method: Removal
    size: str
    reads: Axis
    makes: tuple[Axis, ...]
    widened: Axis | None = None
    returns: Axis | None = None
    gates: int = 1


DENSE = UnitLayer("neuron", "units", Axis("kernel", -2), (Axis("kernel", -1), Axis("bias", -1)))
CONVOLUTION = UnitLayer(
    "filter", "filters", Axis("kernel", -2), (Axis("kernel", -1), Axis("bias", -1))
)
# A transposed kernel ends in (outputs, inputs).
TRANSPOSED = UnitLayer(
    "filter", "filters", Axis("kernel", -1), (Axis("kernel", -2), Axis("bias", -1))
)
SEPARABLE = UnitLayer(
    "filter",
    "filters",
    Axis("depthwise_kernel", -2),
    (Axis("pointwise_kernel", -1), Axis("bias", -1)),
    widened=Axis("pointwise_kernel", -2),
)


def _recurrent(gates: int) -> UnitLayer:
    weights = ("cell.kernel", "cell.recurrent_kernel", "cell.bias")
    return UnitLayer(
        "neuron",
        "units",
        Axis("cell.kernel", -2),
        tuple(Axis(weight, -1) for weight in weights),
        returns=Axis("cell.recurrent_kernel", -2),
        gates=gates,
    )


UNIT_LAYERS: Mapping[str, UnitLayer] = {
    "Dense": DENSE,
    "SimpleRNN": _recurrent(1),
    "GRU": _recurrent(3),
    "LSTM": _recurrent(4),
    "Conv1D": CONVOLUTION,
    "Conv2D": CONVOLUTION,
    "Conv1DTranspose": TRANSPOSED,
    "Conv2DTranspose": TRANSPOSED,
    "SeparableConv1D": SEPARABLE,
    "SeparableConv2D": SEPARABLE,
}
# Layers that lose the channels of the layer before.
FOLLOWERS = ("DepthwiseConv1D", "DepthwiseConv2D")
EACH_CHANNEL = frozenset(
    {
        *("Activation", "ELU", "LeakyReLU", "ReLU", "Softmax"),
        *("AveragePooling1D", "GlobalAveragePooling1D", "GlobalMaxPooling1D", "MaxPooling1D"),
        *("AveragePooling2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "MaxPooling2D"),
        *("Dropout", "GaussianNoise", "SpatialDropout1D", "SpatialDropout2D"),
        *("Cropping1D", "Cropping2D", "ZeroPadding1D", "ZeroPadding2D"),
        *("RepeatVector", "UpSampling1D", "UpSampling2D"),
    }
)
MERGES = frozenset({"Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract"})
# Layers that normalise over the channels: without one of them the others change.
OVER_CHANNELS = frozenset({"GroupNormalization", "LayerNormalization", "UnitNormalization"})


def kinds_of(method: Removal) -> tuple[str, ...]:
    """Return the classes of Keras whose units `method` removes."""
    return tuple(kind for kind, layer in UNIT_LAYERS.items() if layer.method == method)
