"""Models of several outputs: one is named, comes first, and is what training sees."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.data.dataset import Dataset, Split
from harness.errors import InputError
from harness.training.convert import convert
from harness.training.objective import default_threshold
from harness.training.outputs import scored_first, scored_layer
from harness.training.trainer import Trainer


def two_heads(keras: Any) -> Any:
    layers = keras.layers
    x = layers.Input((4,), name="x")
    y = layers.Dense(6, activation="relu", name="hidden")(x)
    size = layers.Dense(3, name="size")(y)
    ill = layers.Dense(1, activation="sigmoid", name="ill")(y)
    return keras.Model(x, [size, ill], name="two_heads")


def test_the_scored_output_comes_first(keras: Any) -> None:
    model = two_heads(keras)
    x = np.random.default_rng(1).normal(size=(5, 4)).astype(np.float32)
    size, ill = model(x)
    found = scored_first(model, "ill", "here")
    assert found.output_names == ["ill", "size"]
    np.testing.assert_array_equal(found(x)[0], ill)
    np.testing.assert_array_equal(found(x)[1], size)
    assert scored_layer(found).name == "ill"
    assert default_threshold(found, "classification") == 0.5
    assert scored_first(model, "size", "here") is model
    assert default_threshold(model, "classification") is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (None, "the model has 2 outputs: size, ill; name the one that is scored"),
        ("il", "here, output: the model has no output 'il' .did you mean 'ill'.*size, ill"),
    ],
)
def test_an_output_that_is_not_named_or_not_there(
    name: str | None, message: str, keras: Any
) -> None:
    with pytest.raises(InputError, match=message):
        scored_first(two_heads(keras), name, "here")


def test_training_fits_the_scored_output_and_leaves_the_other_head(keras: Any) -> None:
    keras.utils.set_random_seed(1)
    model = scored_first(two_heads(keras), "ill", "here")
    generator = np.random.default_rng(2)
    x = generator.normal(size=(160, 4)).astype(np.float32)
    split = Split(x, (x[:, 0] > 0).astype(np.int64))
    data = Dataset("ill", split, split, split, classes=2)
    trainer = Trainer(data, batch_size=32, seed=1, on_epoch=lambda *_: None)
    before = model.get_layer("size").get_weights()
    trainer.fit(model, epochs=8, learning_rate=0.02)
    for old, new in zip(before, model.get_layer("size").get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    outputs = trainer.predict(model)
    assert outputs.shape == (160, 1)
    assert ((outputs[:, 0] >= 0.5) == split.y).mean() > 0.9
    assert trainer.history["accuracy"][-1] > 0.85
    kernel = model.get_layer("size").kernel
    for gradient in trainer.batch_gradients(model, [kernel, model.get_layer("ill").kernel]):
        assert not gradient[0].any()
        assert gradient[1].any()


def test_the_file_holds_all_outputs_the_scored_one_first(keras: Any) -> None:
    from ai_edge_litert.interpreter import Interpreter

    for name, sizes in (("ill", [1, 3]), ("size", [3, 1])):
        model = scored_first(two_heads(keras), name, "here")
        tflite = convert(model, "float32", np.zeros((1, 4), np.float32))
        details = Interpreter(model_content=tflite).get_output_details()
        assert [int(each["shape"][-1]) for each in details] == sizes
