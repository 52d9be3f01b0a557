from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import InputError
from harness.pruning.structured_graph import ChannelGraph, Channels, read_graph
from tests.variants.small_nets import NETS

OUTPUT = "its channels are the model's output"


@pytest.mark.parametrize("name", NETS)
def test_layers_that_lose_the_same_units_are_found(name: str, keras: Any) -> None:
    net = NETS[name](keras)
    graph = read_graph(net.model)
    free = [group for group in graph.groups.values() if not group.fixed]
    assert {(frozenset(group.writers), group.size) for group in free} == {
        (frozenset(group.writers), group.size) for group in net.groups
    }


def test_who_follows_and_who_reads(keras: Any) -> None:
    graph = read_graph(NETS["ds_cnn"](keras).model)
    number = graph.group_of("point1")
    assert number is not None
    assert graph.group_of("deep2") == number
    group = graph.groups[number]
    assert group.followers == ("deep2",)
    assert [(reader.layer, reader.channels) for reader in group.readers] == [
        ("hidden", Channels(number, outer=4, inner=3))
    ]


def test_both_branches_of_a_residual_block_read_one_group(keras: Any) -> None:
    graph = read_graph(NETS["residual"](keras).model)
    number = graph.group_of("b")
    assert number is not None
    assert {reader.layer for reader in graph.groups[number].readers} == {"a", "shortcut", "c"}


@pytest.mark.parametrize("name", NETS)
def test_the_output_is_fixed(name: str, keras: Any) -> None:
    assert fixed(read_graph(NETS[name](keras).model), "digit") == OUTPUT


def fixed(graph: ChannelGraph, layer: str) -> str:
    number = graph.group_of(layer)
    assert number is not None
    return graph.groups[number].fixed


Body = Callable[[Any, Any], Any]


def reshape(layers: Any, x: Any) -> Any:
    return layers.Flatten(name="flat")(layers.Reshape((36, 4), name="lines")(x))


def concatenate(layers: Any, x: Any) -> Any:
    return layers.Flatten(name="flat")(layers.Concatenate(name="both")([x, x]))


def operator(layers: Any, x: Any) -> Any:
    return layers.Flatten(name="flat")(x * 2.0)


def twice(layers: Any, x: Any) -> Any:
    shared = layers.Conv2D(4, 3, padding="same", name="shared")
    return layers.Flatten(name="flat")(shared(shared(x)))


def hidden_softmax(layers: Any, x: Any) -> Any:
    return layers.Flatten(name="flat")(layers.Softmax(name="shares")(x))


def uneven_add(layers: Any, x: Any) -> Any:
    one = layers.Conv2D(1, 1, name="one")(x)
    return layers.Flatten(name="flat")(layers.Add(name="sum")([x, one]))


def other_axis(layers: Any, x: Any) -> Any:
    return layers.Flatten(name="flat")(layers.BatchNormalization(axis=1, name="rows")(x))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (reshape, "its channels reach 'lines' (Reshape), which pruning cannot rewire"),
        (concatenate, "its channels reach 'both' (Concatenate), which pruning cannot rewire"),
        (operator, "(TFOpLambda), which pruning cannot rewire"),
        (twice, "its channels reach 'shared' (Conv2D), which pruning cannot rewire"),
        (hidden_softmax, "its channels depend on each other in 'shares' (softmax)"),
        (uneven_add, "its channels reach 'sum' (Add), which pruning cannot rewire"),
        (other_axis, "'rows' (BatchNormalization), which pruning cannot rewire"),
    ],
)
def test_what_cannot_be_rewired_fixes_what_reaches_it_and_no_more(
    body: Body, reason: str, keras: Any
) -> None:
    layers = keras.layers
    image = layers.Input((6, 6, 1), name="image")
    x = layers.Conv2D(3, 1, padding="same", name="first")(image)
    x = body(layers, layers.Conv2D(4, 1, padding="same", name="conv")(x))
    x = layers.Dense(7, name="hidden")(x)
    model = keras.Model(image, layers.Dense(5, activation="softmax", name="digit")(x))
    graph = read_graph(model)
    assert reason in fixed(graph, "conv")
    assert fixed(graph, "first") == ""
    assert fixed(graph, "hidden") == ""


def test_a_sum_with_the_image_keeps_its_channels(keras: Any) -> None:
    layers = keras.layers
    image = layers.Input((6, 6, 4), name="image")
    x = layers.Add(name="sum")([layers.Conv2D(4, 1, name="conv")(image), image])
    x = layers.GlobalMaxPooling2D(name="most")(x)
    graph = read_graph(keras.Model(image, layers.Dense(5, name="digit")(x)))
    assert fixed(graph, "conv") == "its channels are those of the model's input"


def test_a_subclassed_model_is_told_what_to_do(keras: Any) -> None:
    class Own(keras.Model):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x

    with pytest.raises(
        InputError,
        match=r"'own' is a subclassed model: .*; build it with keras.Sequential or keras.Model",
    ):
        read_graph(Own(name="own"))


@given(st.integers(1, 4), st.integers(1, 6), st.integers(1, 3), st.data())
def test_indices_and_sums_agree_on_where_a_unit_lies(
    outer: int, size: int, inner: int, data: st.DataObject
) -> None:
    channels = Channels(0, outer, inner)
    unit = data.draw(st.integers(0, size - 1))
    axis = np.zeros(outer * size * inner)
    axis[channels.indices(size, np.array([unit]))] = 1
    expected = np.zeros(size)
    expected[unit] = outer * inner
    np.testing.assert_array_equal(channels.by_unit(axis), expected)
