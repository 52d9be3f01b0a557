"""Layers that structured methods cannot cut are named before training."""

from __future__ import annotations

from typing import Any

import pytest

from harness.variants.pruned import alone_text, layers_alone
from tests.pruning.small_structured import method
from tests.variants.small_nets import NETS


def nested(keras: Any) -> Any:
    layers = keras.layers
    backbone = keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            layers.Conv2D(6, 3, name="first"),
            layers.Conv2D(8, 3, name="second"),
        ],
        name="backbone",
    )
    return keras.Sequential(
        [
            layers.Input((8, 8, 1)),
            backbone,
            layers.Flatten(name="flatten"),
            layers.Dense(12, name="hidden"),
            layers.Dense(5, name="digit"),
        ]
    )


def test_layers_of_nested_models_are_named_with_their_share(keras: Any) -> None:
    model = nested(keras)
    asked = method("neuron", remove=0.5)
    asked.check(model)
    assert layers_alone(asked, model) == ["backbone/first", "backbone/second"]
    first, second = 9 * 6, 9 * 6 * 8
    total = first + second + 4 * 4 * 8 * 12 + 12 * 5
    assert alone_text(asked, model) == (
        f"backbone/first ({100 * first / total:.1f} % of the weights), "
        f"backbone/second ({100 * second / total:.1f} % of the weights)"
    )


def test_layers_of_other_kinds_are_named(keras: Any) -> None:
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((8, 4)),
            layers.Bidirectional(layers.LSTM(6, name="one_way"), name="memory"),
            layers.Dense(12, name="hidden"),
            layers.Dense(5, name="digit"),
        ]
    )
    assert layers_alone(method("neuron", remove=0.5), model) == ["memory"]


@pytest.mark.parametrize("kind", ["neuron", "filter"])
def test_layers_that_lose_units_or_inputs_are_not_named(kind: str, keras: Any) -> None:
    assert layers_alone(method(kind, remove=0.5), NETS["cnn"](keras).model) == []
