"""Small untrained networks whose channels hang together in every way that pruning knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.pruning.structured_layers import UNIT_LAYERS
from harness.training.kernels import find_weight

RNG_SEED = 7


@dataclass(frozen=True)
class Part:
    """A layer of a group and where on its axis the unit `u` of a group of `size` lies."""

    layer: str
    outer: int = 1
    inner: int = 1

    def places(self, size: int, units: list[int]) -> list[int]:
        return [
            (position * size + unit) * self.inner + copy
            for position in range(self.outer)
            for unit in units
            for copy in range(self.inner)
        ]


@dataclass(frozen=True)
class Together:
    """Layers that lose the same of `size` units, of which `kept` remain."""

    size: int
    kept: list[int]
    writers: tuple[str, ...]
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Net:
    model: Any
    groups: tuple[Together, ...]


def cnn(keras: Any) -> Net:
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((8, 8, 1), name="image"),
            layers.Conv2D(6, 3, name="conv"),
            layers.Activation("relu", name="relu"),
            layers.MaxPooling2D(name="pool"),
            layers.Dropout(0.2, name="dropout"),
            layers.Flatten(name="flatten"),
            layers.Dense(12, activation="relu", name="hidden"),
            layers.Dense(5, activation="softmax", name="digit"),
        ],
        name="cnn",
    )
    groups = (Together(6, [1, 2, 5], ("conv",)), Together(12, [0, 3, 4, 11], ("hidden",)))
    return Net(randomised(model), groups)


def ds_cnn(keras: Any) -> Net:
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((8, 8, 2), name="image"),
            layers.Conv2D(6, 3, padding="same", use_bias=False, name="stem"),
            layers.BatchNormalization(name="stem_bn"),
            layers.ReLU(name="stem_relu"),
            layers.DepthwiseConv2D(3, depth_multiplier=2, name="deep1"),
            layers.BatchNormalization(scale=False, name="deep1_bn"),
            layers.ReLU(6.0, name="deep1_relu"),
            layers.Conv2D(8, 1, name="point1"),
            layers.BatchNormalization(name="point1_bn"),
            layers.ReLU(name="point1_relu"),
            layers.DepthwiseConv2D(3, depth_multiplier=3, activation="relu", name="deep2"),
            layers.AveragePooling2D(name="pool"),
            layers.Flatten(name="flatten"),
            layers.BatchNormalization(name="flat_bn"),
            layers.Dense(9, activation="relu", name="hidden"),
            layers.Dense(5, name="digit"),
            layers.Softmax(name="softmax"),
        ],
        name="ds_cnn",
    )
    groups = (
        Together(
            6,
            [0, 2, 3],
            ("stem",),
            (Part("stem_bn"), Part("deep1", inner=2), Part("deep1_bn", inner=2)),
        ),
        Together(
            8,
            [1, 4, 6],
            ("point1",),
            (Part("point1_bn"), Part("deep2", inner=3), Part("flat_bn", outer=4, inner=3)),
        ),
        Together(9, [8], ("hidden",)),
    )
    return Net(randomised(model), groups)


def residual(keras: Any) -> Net:
    layers = keras.layers

    def conv(x: Any, filters: int, name: str, **options: Any) -> Any:
        x = layers.Conv2D(filters, 3, padding="same", name=name, **options)(x)
        return layers.BatchNormalization(name=f"{name}_bn")(x)

    image = layers.Input((8, 8, 1), name="image")
    stem = layers.ReLU(name="stem_relu")(conv(image, 6, "stem"))
    x = layers.ReLU(name="a_relu")(conv(stem, 5, "a"))
    x = layers.Add(name="add1")([stem, conv(x, 6, "b")])
    x = layers.ReLU(name="add1_relu")(x)
    shortcut = layers.Conv2D(8, 1, strides=2, name="shortcut")(x)
    x = layers.ReLU(name="c_relu")(conv(x, 7, "c", strides=2))
    x = layers.Add(name="add2")([conv(x, 8, "d"), shortcut])
    x = layers.Activation("relu", name="add2_relu")(x)
    x = layers.GlobalAveragePooling2D(name="average")(x)
    digit = layers.Dense(5, activation="softmax", name="digit")(x)
    groups = (
        Together(6, [1, 3, 4], ("stem", "b"), (Part("stem_bn"), Part("b_bn"))),
        Together(5, [0, 4], ("a",), (Part("a_bn"),)),
        Together(8, [2, 3, 6, 7], ("shortcut", "d"), (Part("d_bn"),)),
        Together(7, [5, 6], ("c",), (Part("c_bn"),)),
    )
    return Net(randomised(keras.Model(image, digit, name="residual")), groups)


def sequence(keras: Any) -> Net:
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((8, 3), name="steps"),
            layers.Conv1D(6, 3, padding="causal", name="conv"),
            layers.DepthwiseConv1D(3, depth_multiplier=2, name="deep"),
            layers.MaxPooling1D(name="pool"),
            layers.LSTM(5, return_sequences=True, name="lstm"),
            layers.SeparableConv1D(7, 2, depth_multiplier=2, name="separable"),
            layers.GRU(6, name="gru"),
            layers.RepeatVector(2, name="again"),
            layers.SimpleRNN(5, use_bias=False, name="rnn"),
            layers.Dense(5, activation="softmax", name="digit"),
        ],
        name="sequence",
    )
    groups = (
        Together(6, [0, 2, 5], ("conv",), (Part("deep", inner=2),)),
        Together(5, [1, 2], ("lstm",)),
        Together(7, [0, 3, 4, 6], ("separable",)),
        Together(6, [2, 3, 5], ("gru",)),
        Together(5, [0, 4], ("rnn",)),
    )
    return Net(randomised(model), groups)


def upscaled(keras: Any) -> Net:
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((6, 6, 2), name="image"),
            layers.Conv2D(5, 3, strides=2, padding="same", activation="relu", name="down"),
            layers.Conv2DTranspose(6, 3, strides=2, padding="same", name="up"),
            layers.BatchNormalization(name="up_bn"),
            layers.UpSampling2D(name="twice"),
            layers.SeparableConv2D(4, 3, depth_multiplier=3, activation="tanh", name="separable"),
            layers.GlobalAveragePooling2D(name="average"),
            layers.Dense(5, name="digit"),
        ],
        name="upscaled",
    )
    groups = (
        Together(5, [0, 3], ("down",)),
        Together(6, [1, 2, 5], ("up",), (Part("up_bn"),)),
        Together(4, [0, 2], ("separable",)),
    )
    return Net(randomised(model), groups)


NETS = {
    "cnn": cnn,
    "ds_cnn": ds_cnn,
    "residual": residual,
    "sequence": sequence,
    "upscaled": upscaled,
}


def randomised(model: Any) -> Any:
    """Every weight drawn anew, statistics of normalisations too; variances stay positive."""
    rng = np.random.default_rng(RNG_SEED)
    for layer in model.layers:
        drawn = [rng.normal(0, 0.5, weight.shape) for weight in layer.get_weights()]
        layer.set_weights(drawn)
        if hasattr(layer, "moving_variance"):
            layer.moving_variance.assign(rng.uniform(0.5, 2, layer.moving_variance.shape))
    return model


def silence(net: Net) -> None:
    """Make the units that are to go zero, in their own weights and in what works on them."""
    for group in net.groups:
        gone = [unit for unit in range(group.size) if unit not in group.kept]
        for writer in group.writers:
            layer = net.model.get_layer(writer)
            for at in UNIT_LAYERS[type(layer).__name__].makes:
                _zero(find_weight(layer, at.weight), at.axis, group.size, gone)
        for part in group.parts:
            layer, places = net.model.get_layer(part.layer), part.places(group.size, gone)
            for name in ("bias", "beta", "moving_mean"):
                variable = getattr(layer, name, None)
                if variable is not None:
                    value = variable.numpy()
                    value[..., places] = 0
                    variable.assign(value)


def _zero(variable: Any, axis: int, size: int, gone: list[int]) -> None:
    """Zero the units `gone` in every gate along the axis."""
    if variable is None:
        return
    value = np.moveaxis(variable.numpy().copy(), axis, -1)
    gates = value.shape[-1] // size
    value[..., [gate * size + unit for gate in range(gates) for unit in gone]] = 0
    variable.assign(np.moveaxis(value, -1, axis))
