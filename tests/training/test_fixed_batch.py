"""Models are converted with a batch of 1 where an open one costs operators."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.codegen import compile_model, read_model
from harness.training.convert import convert
from harness.training.fixed_batch import for_converter
from harness.training.precision import as_float32
from tests.variants.any_models import attention, recurrent, upscaling
from tests.variants.small_nets import NETS


@pytest.mark.parametrize("name", ["cnn", "ds_cnn", "residual"])
def test_models_that_an_open_batch_costs_nothing_stay_as_they_are(name: str, keras: Any) -> None:
    model = NETS[name](keras).model
    assert for_converter(model) is model


@pytest.mark.parametrize("build", [recurrent, attention, upscaling])
@pytest.mark.usefixtures("keras")
def test_a_copy_of_batch_1_answers_the_same(build: Any) -> None:
    model = build()
    fixed = for_converter(model)
    assert fixed.input_shape == (1, *model.input_shape[1:])
    assert fixed.output_shape == (1, *model.output_shape[1:])
    assert [layer.name for layer in fixed.layers] == [layer.name for layer in model.layers]
    x = np.random.default_rng(4).integers(0, 5, (3, *model.input_shape[1:])).astype(np.float32)
    each = np.concatenate([fixed(row[np.newaxis], training=False) for row in x])
    np.testing.assert_allclose(each, model(x, training=False), atol=1e-6)


def test_steps_of_a_gru_are_operators_without_a_loop(keras: Any) -> None:
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((2, 3), name="steps"),
            layers.GRU(2, name="gru"),
            layers.Dense(1, activation="sigmoid", name="out"),
        ],
        name="small",
    )
    tflite = convert(model, "float32", np.zeros((1, 2, 3), np.float32))
    kinds = [operator.kind for operator in read_model(tflite).operators]
    assert not {"WHILE", "SHAPE", "PACK"} & set(kinds)
    # The inputs of two steps, the state before the second (0 before the first), the output.
    assert kinds.count("FULLY_CONNECTED") == 2 + 1 + 1
    assert compile_model(tflite, "small").output.sample_shape == (1,)


def test_layers_of_mixed_precision_become_float32(keras: Any) -> None:
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((4,), name="x"),
            layers.Dense(3, dtype="mixed_float16", name="half"),
            layers.Dense(2, name="out"),
        ],
        name="mixed",
    )
    plain = as_float32(model)
    assert [layer.compute_dtype for layer in plain.layers] == ["float32", "float32"]
    for before, after in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)
    assert as_float32(plain) is plain
