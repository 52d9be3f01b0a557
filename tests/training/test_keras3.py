"""Models of Keras 3 rebuilt in tf_keras: the same answers, or the reason why not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.errors import InputError
from harness.training.keras3 import to_tf_keras
from harness.training.kernels import find_kernels


@pytest.fixture(scope="module")
def keras3(keras: Any) -> Any:  # noqa: ARG001 it sets TensorFlow up
    import keras as keras3

    keras3.utils.set_random_seed(1)
    return keras3


def nested(keras3: Any) -> Any:
    layers = keras3.layers
    image = layers.Input((6, 6, 1), name="patch")
    inner = keras3.Model(image, layers.Conv2D(3, 3, name="conv")(image), name="backbone")
    tail = keras3.Sequential(
        [layers.Input((48,), name="flat_in"), layers.Dense(2, name="out")], name="head"
    )
    whole = layers.Input((6, 6, 1), name="image")
    return keras3.Model(whole, tail(layers.Flatten(name="flat")(inner(whole))), name="nested")


def wrapped(keras3: Any) -> Any:
    layers = keras3.layers
    return keras3.Sequential(
        [
            layers.Input((4, 3), name="steps"),
            layers.TimeDistributed(layers.Dense(5, name="each"), name="every"),
            layers.Bidirectional(layers.LSTM(2, name="one_way"), name="both"),
            layers.Dense(2, name="out"),
        ],
        name="wrapped",
    )


def functions(keras3: Any) -> Any:
    ops, layers = keras3.ops, keras3.layers
    x = layers.Input((4, 3), name="steps")
    y = layers.Dense(3, name="dense")(x)
    y = ops.relu(y + x) * 2.0
    y = ops.concatenate([ops.mean(y, axis=1), ops.max(x, axis=1)], axis=-1)
    return keras3.Model(x, ops.softmax(ops.reshape(y, (-1, 2, 3))[:, 0]), name="functions")


def mixed(keras3: Any) -> Any:
    layers = keras3.layers
    return keras3.Sequential(
        [
            layers.Input((4,), name="x"),
            layers.Dense(8, activation="relu", dtype="mixed_float16", name="half"),
            layers.Dense(2, dtype="float32", name="out"),
        ],
        name="mixed",
    )


@pytest.mark.parametrize(
    ("build", "kernels"),
    [
        (nested, ["backbone/conv", "head/out"]),
        (wrapped, ["every", "both", "both", "both", "both", "out"]),
        (functions, ["dense"]),
        (mixed, ["half", "out"]),
    ],
)
def test_a_rebuilt_model_answers_the_same(build: Any, kernels: list[str], keras3: Any) -> None:
    model = build(keras3)
    found = to_tf_keras(model, "here")
    assert [kernel.layer for kernel in find_kernels(found)] == kernels
    x = np.random.default_rng(2).normal(size=(5, *model.inputs[0].shape[1:])).astype(np.float32)
    expected = np.asarray(model(x, training=False))
    assert expected.std() > 0.01
    np.testing.assert_allclose(np.asarray(found(x, training=False)), expected, atol=1e-5)
    assert all(layer.compute_dtype == "float32" for layer in found._flatten_layers())


def test_a_function_that_is_not_converted_is_named(keras3: Any) -> None:
    x = keras3.Input((4,), name="x")
    model = keras3.Model(x, keras3.ops.cumsum(x, axis=1), name="sums")
    with pytest.raises(InputError, match=r"is the function Cumsum of keras.ops, which is not"):
        to_tf_keras(model, "here")
