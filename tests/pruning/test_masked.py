"""Layers that a plan names: checked against the model before anything is trained."""

from __future__ import annotations

from typing import Any

import pytest

from harness.errors import InputError
from harness.pruning.block import Block
from harness.pruning.magnitude import Magnitude
from harness.pruning.masked import Masked
from harness.pruning.method import Method
from harness.pruning.original import Original
from harness.pruning.random import Random

ORIGINAL = Original(name="a", method="none")


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"layers": {"hid": 0.5}},
            "variant a, layers: there is no layer 'hid' (did you mean 'hidden'?); "
            "layers with weights to prune: conv, hidden",
        ),
        (
            {"exclude": ("pool",)},
            "variant a, exclude: layer 'pool' has no weights to prune; "
            "layers with weights to prune: conv, hidden",
        ),
        (
            {"exclude": ("conv", "hidden")},
            "variant a: no layer is left to prune; "
            "all layers with weights are excluded: conv, hidden",
        ),
    ],
)
def test_layers_that_do_not_fit_the_model(keys: dict[str, Any], message: str, keras: Any) -> None:
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((4, 4, 1)),
            layers.Conv2D(3, 2, name="conv"),
            layers.Flatten(name="pool"),
            layers.Dense(5, name="hidden"),
        ]
    )
    with pytest.raises(InputError) as caught:
        Random(name="a", method="random", **keys).check(model)
    assert str(caught.value) == message


@pytest.mark.parametrize("method", [Random(name="a", method="random"), ORIGINAL])
def test_a_subclassed_model_is_refused(method: Method, keras: Any) -> None:
    class Own(keras.Model):  # type: ignore[misc]
        """Its layers' connections are code."""

    with pytest.raises(InputError, match="variant a: 'own' is a subclassed model: how its layers"):
        method.check(Own(name="own"))


@pytest.mark.parametrize(
    ("method", "prunable"),
    [
        (Magnitude(name="a", method="magnitude"), "point, digit"),
        (Block(name="a", method="block"), "point, digit"),
        (Magnitude(name="a", method="magnitude", epsilon=0.1), "deep, point, digit"),
    ],
    ids=["magnitude", "block", "epsilon"],
)
def test_what_a_method_cannot_prune_is_no_layer_of_its(
    method: Masked, prunable: str, keras: Any
) -> None:
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((4, 4, 2)),
            layers.DepthwiseConv2D(3, name="deep"),
            layers.Conv2D(3, 1, name="point"),
            layers.Flatten(name="flatten"),
            layers.Dense(5, name="digit"),
        ]
    )
    with pytest.raises(InputError) as caught:
        method.model_copy(update={"layers": {"flatten": 0.5}}).check(model)
    assert caught.value.hint == f"layers with weights to prune: {prunable}"
