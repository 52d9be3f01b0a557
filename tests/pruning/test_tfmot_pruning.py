"""tfmot layer by layer, and the guard that mends its masks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from harness.errors import TrainingError
from harness.pruning.magnitude import Magnitude
from harness.pruning.tfmot_pruning import Guard, wrap


def wrapped(keras: Any, **keys: Any) -> tuple[Magnitude, Any, Any]:
    """A method, a model of two layers, and the same with `last` in tfmot's wrapper."""
    import tensorflow_model_optimization as tfmot

    layers = keras.layers
    model = keras.Sequential(
        [layers.Input((4,)), layers.Dense(3, name="first"), layers.Dense(2, name="last")]
    )
    model.get_layer("last").kernel.assign([[3.0, 0.1], [2.0, 0.2], [1.0, 0.3]])
    method = Magnitude(name="a", method="magnitude", **keys)
    schedule = tfmot.sparsity.keras.ConstantSparsity(0.5, 0)
    return method, model, wrap(model, {"last": schedule})


def cut(pruned: Any) -> SimpleNamespace:
    """Prune as tfmot would by magnitude alone: the second output loses all its weights."""
    layer = next(each for each in pruned.layers if hasattr(each, "pruning_vars"))
    kernel, mask, _ = layer.pruning_vars[0]
    mask.assign([[1, 0], [1, 0], [1, 0]])
    kernel.assign(kernel * mask)
    return SimpleNamespace(kernel=kernel, mask=mask)


def test_only_named_layers_are_wrapped_and_weights_are_shared(keras: Any) -> None:
    _, model, pruned = wrapped(keras)
    assert [type(layer).__name__ for layer in pruned.layers] == ["Dense", "PruneLowMagnitude"]
    assert pruned.layers[1].pruning_vars[0][0] is model.get_layer("last").kernel


def test_a_unit_cut_off_gets_its_best_weight_back_and_the_number_of_zeros_stays(
    keras: Any,
) -> None:
    method, model, pruned = wrapped(keras)
    guard = Guard(method, method.kernels(model), pruned)
    found = cut(pruned)
    guard()
    assert found.mask.numpy().tolist() == [[1, 0], [1, 0], [0, 1]]
    np.testing.assert_allclose(found.kernel.numpy(), [[3, 0], [2, 0], [0, 0.3]], rtol=1e-6)
    found.kernel.assign(found.kernel * 2)
    cut(pruned)
    guard()
    np.testing.assert_allclose(found.kernel.numpy()[:, 1], [0, 0, 0.3], rtol=1e-6)


def test_masks_that_cut_nothing_off_stay_as_they_are(keras: Any) -> None:
    method, model, pruned = wrapped(keras)
    guard = Guard(method, method.kernels(model), pruned)
    mask = pruned.layers[1].pruning_vars[0][1]
    mask.assign([[0, 1], [1, 0], [1, 0]])
    before = model.get_layer("last").kernel.numpy()
    guard()
    assert mask.numpy().tolist() == [[0, 1], [1, 0], [1, 0]]
    np.testing.assert_array_equal(model.get_layer("last").kernel.numpy(), before)


def test_refusing_names_the_unit(keras: Any) -> None:
    method, model, pruned = wrapped(keras, on_disconnect="refuse")
    guard = Guard(method, method.kernels(model), pruned)
    cut(pruned)
    with pytest.raises(TrainingError, match="variant a: layer 'last', unit 1 would be left"):
        guard()
