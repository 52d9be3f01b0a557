"""Stacked copies compute what the model computes, and train under their masks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.data.dataset import Dataset, Split
from harness.errors import InputError
from harness.pruning.slim import Slim
from harness.pruning.stacking import Copy, stack_of, with_best_units
from harness.training.stack_fit import Recipe, fit_stack
from harness.training.stacked import StackedNet
from harness.training.trainer import Trainer


def residual(keras: Any) -> Any:
    """Every kind of layer that can be stacked, in one small model."""
    layers = keras.layers
    image = layers.Input((8, 8, 1))
    x = layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False, name="stem")(image)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.ReLU(name="relu")(x)
    y = layers.DepthwiseConv2D(3, padding="same", name="depth")(x)
    y = layers.Conv2D(4, 1, activation="relu", name="point")(y)
    x = layers.Add(name="add")([x, y])
    x = layers.MaxPooling2D(2, name="pool")(x)
    x = layers.Flatten(name="flat")(x)
    x = layers.Dense(6, activation="tanh", name="hidden")(x)
    return keras.Model(image, layers.Dense(3, activation="softmax", name="scores")(x))


def data(samples: int = 48) -> Dataset:
    """Three classes that a mean of pixels tells apart."""
    generator = np.random.default_rng(0)
    y = np.arange(samples) % 3
    x = generator.normal(size=(samples, 8, 8, 1)).astype(np.float32) * 0.1
    split = Split(x + y.reshape(-1, 1, 1, 1).astype(np.float32), y)
    return Dataset(name="three", classes=3, train=split, validation=split, test=split)


def test_every_copy_has_the_models_outputs(keras: Any) -> None:
    model = residual(keras)
    x = data().train.x
    logits = StackedNet(model, 3).logits(x, training=False).numpy()
    assert logits.shape == (3, 48, 3)
    shares = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(shares, np.tile(model.predict(x, verbose=0), (3, 1, 1)), atol=1e-5)


def test_copies_train_apart_under_their_own_masks(keras: Any) -> None:
    model = with_best_units(residual(keras), {"hidden": 5}, data())
    copies = [
        Copy({"stem": 3, "hidden": 2}, {"point": 0.5}),
        Copy({}, {}, fresh=True),
        Copy({"hidden": 4}, {"hidden": 0.75}, fresh=True),
    ]
    net, alive = stack_of(model, copies, seed=1)
    fitted = fit_stack(
        net,
        data(),
        None,
        Recipe(epochs=6, learning_rate=0.02, batch_size=16),
        seed=1,
        alive=alive,
        zeros=[copy.zeros for copy in copies],
        on_epoch=lambda *_: None,
    )
    assert fitted.val_accuracy.shape == (6, 3)
    assert (fitted.loss[-1] < fitted.loss[0]).all()
    kernels = {name: net.weights[name, "kernel"].numpy() for name in ("stem", "point", "hidden")}
    assert np.count_nonzero(kernels["stem"].any(axis=(1, 2, 3)), axis=1).tolist() == [3, 4, 4]
    assert np.count_nonzero(kernels["hidden"].any(axis=1), axis=1).tolist() == [2, 5, 4]
    # of 3 x 3 living weights; of 16 x 4
    assert [np.count_nonzero(kernels["point"][0]), np.count_nonzero(kernels["hidden"][2])] == [
        5,
        16,
    ]
    net.put_into(model, 1)
    np.testing.assert_array_equal(model.get_layer("hidden").kernel.numpy(), kernels["hidden"][1])


def test_rounded_kernels_have_255_values(keras: Any) -> None:
    net = StackedNet(residual(keras), 2)
    exact = net.logits(data().train.x, training=False).numpy()
    rounded = net.logits(data().train.x, training=False, quantised=True).numpy()
    assert 0 < np.abs(exact - rounded).max() < 0.2


def test_slim_makes_the_shape_that_it_is_asked_for(keras: Any) -> None:
    base = residual(keras)
    before = [each.copy() for each in base.get_weights()]
    told: list[int] = []
    trainer = Trainer(data(), batch_size=16, seed=1, on_epoch=lambda epoch, *_: told.append(epoch))
    method = Slim(
        name="s", method="slim", keep={"hidden": 3}, zeros={"point": 0.25}, starts=2, epochs=4
    )
    method.check(base)
    model = method.apply(base, trainer)
    assert model.get_layer("hidden").kernel.shape == (16, 3)
    assert np.count_nonzero(model.get_layer("point").kernel.numpy()) == 12
    assert np.count_nonzero(model.get_layer("scores").kernel.numpy()) == 9
    assert told == [1, 2, 3, 4]
    assert trainer.kept == [4]
    assert len(trainer.history["val_accuracy"]) == 4
    assert all(map(np.array_equal, before, base.get_weights()))


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"keep": {"scores": 2}}, "layer 'scores' cannot be made slim"),
        ({"keep": {"hiden": 2}}, r"cannot be made slim \(did you mean 'hidden'\?\)"),
        ({"keep": {"hidden": 7}}, "has 6 units, 7 cannot remain"),
        ({"zeros": {"depth": 0.5}}, "layer 'depth' cannot be made slim"),
    ],
)
def test_what_cannot_be_cut_is_refused(keras: Any, keys: dict[str, Any], words: str) -> None:
    method = Slim.model_validate({"name": "s", "method": "slim"} | keys)
    with pytest.raises(InputError, match=words):
        method.check(residual(keras))


def test_a_layer_that_cannot_be_stacked_is_refused(keras: Any) -> None:
    layers = keras.layers
    model = keras.Sequential([layers.Input((4, 2)), layers.LSTM(3, name="memory")])
    with pytest.raises(InputError, match=r"layer 'memory' \(LSTM\) cannot be trained in a stack"):
        StackedNet(model, 1)
