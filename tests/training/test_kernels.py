"""Every weight of a Keras model is found once, whatever layer it hides in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from harness.training.kernels import find_kernels, find_weights
from harness.training.sparsity import measure_sparsity

# Name: the input's shape, the layer, and the weights of its matrices.
LAYERS: dict[str, tuple[tuple[int, ...], Callable[[Any], Any], int]] = {
    "Dense": ((5,), lambda k: k.Dense(3), 15),
    "Conv1D": ((8, 2), lambda k: k.Conv1D(3, 2), 12),
    "Conv2D": ((6, 6, 2), lambda k: k.Conv2D(3, 2), 24),
    "Conv3D": ((4, 4, 4, 2), lambda k: k.Conv3D(3, 2), 48),
    "DepthwiseConv1D": ((8, 2), lambda k: k.DepthwiseConv1D(3), 6),
    "DepthwiseConv2D": ((6, 6, 2), lambda k: k.DepthwiseConv2D(3), 18),
    "SeparableConv1D": ((8, 2), lambda k: k.SeparableConv1D(4, 3), 14),
    "SeparableConv2D": ((6, 6, 2), lambda k: k.SeparableConv2D(4, 3), 26),
    "Conv1DTranspose": ((8, 2), lambda k: k.Conv1DTranspose(3, 2), 12),
    "Conv2DTranspose": ((6, 6, 2), lambda k: k.Conv2DTranspose(3, 2), 24),
    "Conv3DTranspose": ((4, 4, 4, 2), lambda k: k.Conv3DTranspose(3, 2), 48),
    "LSTM": ((7, 2), lambda k: k.LSTM(3), 24 + 36),
    "GRU": ((7, 2), lambda k: k.GRU(3), 18 + 27),
    "SimpleRNN": ((7, 2), lambda k: k.SimpleRNN(3), 6 + 9),
    "StackedRNN": ((7, 2), lambda k: k.RNN([k.LSTMCell(3), k.GRUCell(2)]), 60 + 18 + 12),
    "Bidirectional": ((7, 2), lambda k: k.Bidirectional(k.LSTM(3)), 120),
    "TimeDistributed": ((7, 5), lambda k: k.TimeDistributed(k.Dense(3)), 15),
    "ConvLSTM2D": ((3, 6, 6, 2), lambda k: k.ConvLSTM2D(3, 2), 4 * 3 * 4 * (2 + 3)),
    "Embedding": ((7,), lambda k: k.Embedding(11, 3), 33),
    "EinsumDense": ((7, 5), lambda k: k.EinsumDense("abc,cd->abd", (None, 3), bias_axes="d"), 15),
    "LocallyConnected1D": ((8, 2), lambda k: k.LocallyConnected1D(3, 2), 84),
    "PReLU": ((6, 2), lambda k: k.PReLU(), 0),
    "BatchNormalization": ((6, 2), lambda k: k.BatchNormalization(), 0),
    "LayerNormalization": ((6, 2), lambda k: k.LayerNormalization(axis=(1, 2)), 0),
    "GroupNormalization": ((6, 2), lambda k: k.GroupNormalization(2), 0),
}


def own_layer(keras: Any) -> Any:
    """Two inner layers and a matrix of its own."""

    class Own(keras.layers.Layer):  # type: ignore[misc]
        """y = second(first(x)) + x · mix."""

        def __init__(self, **keys: Any) -> None:
            super().__init__(**keys)
            self.first = keras.layers.Dense(4)
            self.rest = [keras.layers.Dense(5)]

        def build(self, shape: Any) -> None:
            self.mix = self.add_weight(shape=(int(shape[-1]), 5), name="mix")
            super().build(shape)

        def call(self, x: Any) -> Any:
            return self.rest[0](self.first(x)) + x @ self.mix

    return Own(name="own")


def attention(keras: Any) -> Any:
    x = keras.layers.Input((7, 6))
    layer = keras.layers.MultiHeadAttention(2, 3, name="attention")
    return keras.Model(x, layer(x, x))


def nested(keras: Any) -> Any:
    layers = keras.layers
    inner = keras.Sequential(
        [layers.Input((5,)), layers.Dense(4, name="wide"), layers.Dense(3, name="deep")],
        name="inner",
    )
    backbone = keras.Sequential([layers.Input((5,)), inner, layers.PReLU()], name="backbone")
    return keras.Sequential([layers.Input((5,)), backbone, layers.Dense(2, name="wide")])


def shared(keras: Any) -> Any:
    """A layer called twice, and a nested model called twice."""
    layers = keras.layers
    x = layers.Input((5,))
    twice = layers.Dense(5, name="twice")
    block = keras.Sequential([layers.Input((5,)), layers.Dense(5, name="dense")], name="block")
    return keras.Model(x, block(twice(block(twice(x)))))


MODELS: dict[str, tuple[Callable[[Any], Any], dict[str, int]]] = {
    "own": (
        lambda keras: keras.Sequential([keras.layers.Input((3,)), own_layer(keras)]),
        {"own": 12 + 20 + 15},
    ),
    "attention": (attention, {"attention": 4 * 36}),
    "nested": (nested, {"backbone/inner/wide": 20, "backbone/inner/deep": 12, "wide": 6}),
    "shared": (shared, {"twice": 25, "block/dense": 25}),
}


def check_counts(model: Any, matrices: dict[str, int]) -> None:
    """Zero a third of every weight; each zero and each parameter is to be counted once."""
    generator = np.random.default_rng(0)
    for variable in model.weights:
        array = generator.normal(size=variable.shape) + 3
        variable.assign(np.where(generator.random(variable.shape) < 1 / 3, 0, array))
    arrays = list({id(variable): variable.numpy() for variable in model.weights}.values())
    found = measure_sparsity(model)
    assert found.parameters == model.count_params() == sum(array.size for array in arrays)
    zeros = sum(int((array == 0).sum()) for array in arrays)
    assert zeros > 0
    assert found.parameters - found.nonzero_parameters == zeros
    assert found.layer_parameters == matrices
    in_matrices = sum(found.layers[layer] * size for layer, size in matrices.items())
    assert found.total == pytest.approx(in_matrices / max(1, sum(matrices.values())))


@pytest.mark.parametrize("name", LAYERS)
def test_every_weight_of_a_layer_is_counted_once(name: str, keras: Any) -> None:
    shape, make, size = LAYERS[name]
    layer = make(keras.layers)
    model = keras.Sequential([keras.layers.Input(shape), layer])
    check_counts(model, {layer.name: size} if size else {})


@pytest.mark.parametrize("name", MODELS)
def test_every_weight_of_a_model_is_counted_once(name: str, keras: Any) -> None:
    make, matrices = MODELS[name]
    check_counts(make(keras), matrices)


def test_names_of_kernels_are_attributes_and_stay_in_a_clone(keras: Any) -> None:
    own = keras.Sequential([keras.layers.Input((3,)), own_layer(keras)])
    assert [kernel.name for kernel in find_kernels(own)] == ["mix", "first.kernel", "rest_0.kernel"]
    layer = keras.layers.Bidirectional(keras.layers.LSTM(3), name="both")
    model = keras.Sequential([keras.layers.Input((7, 2)), layer])
    names = [(kernel.layer, kernel.name) for kernel in find_kernels(model)]
    assert names == [
        ("both", f"{way}_layer.cell.{kernel}")
        for way in ("forward", "backward")
        for kernel in ("kernel", "recurrent_kernel")
    ]
    copy = keras.models.clone_model(model)
    assert [(kernel.layer, kernel.name) for kernel in find_kernels(copy)] == names


def test_units_of_attention_are_heads_times_width_and_its_outputs(keras: Any) -> None:
    axes = {kernel.name: kernel.unit_axes for kernel in find_kernels(attention(keras))}
    inner = {f"{part}_dense.kernel": 2 for part in ("query", "key", "value")}
    assert axes == inner | {"output_dense.kernel": 1}


def test_what_is_never_trained_is_no_kernel(keras: Any) -> None:
    class Fixed(keras.layers.Layer):  # type: ignore[misc]
        """Adds a constant matrix."""

        def build(self, shape: Any) -> None:
            self.table = self.add_weight(shape=shape[1:], name="table", trainable=False)
            super().build(shape)

        def call(self, x: Any) -> Any:
            return x + self.table

    model = keras.Sequential([keras.layers.Input((4, 3)), Fixed()])
    assert [weight.kernel for weight in find_weights(model)] == [None]
    assert measure_sparsity(model).parameters == 12


def test_a_frozen_layer_has_its_kernels(keras: Any) -> None:
    model = nested(keras)
    model.layers[0].trainable = False
    assert measure_sparsity(model).layer_parameters == MODELS["nested"][1]
