from typing import Any

import numpy as np
import pytest

from harness.data.dataset import Dataset, Split
from harness.pruning.structured_graph import ChannelGraph, read_graph
from harness.pruning.structured_rank import BATCH, rank
from tests.variants.small_nets import NETS, randomised


def group_of(graph: ChannelGraph, layer: str) -> int:
    number = graph.group_of(layer)
    assert number is not None
    return number


def split(model: Any, samples: int) -> Split:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(samples, *model.input_shape[1:])).astype(np.float32)
    return Split(x, rng.integers(0, 5, samples))


def data_of(train: Split) -> Dataset:
    return Dataset("noise", train, train, train, classes=5)


@pytest.fixture
def two_layers(keras: Any) -> Any:
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((2,), name="x"),
            layers.Dense(3, activation="relu", name="hidden"),
            layers.Dense(5, activation="softmax", name="digit"),
        ]
    )
    model = randomised(model)
    hidden = model.get_layer("hidden")
    hidden.set_weights([np.array([[3.0, 1.0, 0.0], [-4.0, 1.0, 2.0]]), np.array([0, 0, 1.0])])
    return model


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        ("l1", [7, 2, 2]),
        ("l2", [5, np.sqrt(2), 2]),
        ("activation", [(0 + 3) / 2, (2 + 1) / 2, (3 + 1) / 2]),
    ],
)
def test_norms_and_activations_by_hand(
    two_layers: Any, criterion: Any, expected: list[float]
) -> None:
    graph = read_graph(two_layers)
    train = Split(np.array([[1, 1], [1, 0]], np.float32), np.array([0, 1]))
    number = group_of(graph, "hidden")
    scores = rank(two_layers, graph, [number], criterion, data_of(train))[number]
    np.testing.assert_allclose(scores / scores.sum(), expected / np.sum(expected), rtol=1e-6)


@pytest.mark.parametrize(
    ("net", "layer", "outgoing"),
    [
        ("cnn", "hidden", ("digit",)),
        ("cnn", "conv", ("hidden",)),
        ("ds_cnn", "point1", ("hidden",)),
        ("residual", "b", ("a", "shortcut", "c")),
    ],
)
def test_taylor_is_the_slope_of_the_loss_when_a_unit_fades(
    net: str, layer: str, outgoing: tuple[str, ...], keras: Any
) -> None:
    """Checked against the loss itself: fade one unit in all layers that read it, a little."""
    model = NETS[net](keras).model
    train = split(model, BATCH)
    graph = read_graph(model)
    number = group_of(graph, layer)
    group = graph.groups[number]
    scores = rank(model, graph, [number], "taylor", data_of(train))[number]
    assert {reader.layer for reader in group.readers} == set(outgoing)
    for unit in (0, group.size - 1):
        change = loss_when_scaled(model, group, unit, 1.01, train)
        change -= loss_when_scaled(model, group, unit, 0.99, train)
        assert scores[unit] == pytest.approx(abs(change) / 0.02, rel=0.03, abs=2e-4)


def loss_when_scaled(model: Any, group: Any, unit: int, factor: float, train: Split) -> float:
    saved = model.get_weights()
    for reader in group.readers:
        kernel = model.get_layer(reader.layer).kernel
        value = kernel.numpy()
        value[..., reader.channels.indices(group.size, np.array([unit])), :] *= factor
        kernel.assign(value)
    probabilities = model(train.x, training=False).numpy().astype(np.float64)
    model.set_weights(saved)
    return float(-np.log(probabilities[np.arange(len(train.y)), train.y]).mean())


def test_a_layer_that_makes_more_weights_has_no_greater_say(keras: Any) -> None:
    model = NETS["residual"](keras).model
    graph = read_graph(model)
    number = group_of(graph, "d")
    before = rank(model, graph, [number], "l2", data_of(split(model, 4)))[number]
    for weight in model.get_layer("d").weights:
        weight.assign(weight * 100)
    after = rank(model, graph, [number], "l2", data_of(split(model, 4)))[number]
    np.testing.assert_allclose(after, before, rtol=1e-5)


@pytest.mark.parametrize("criterion", ["l1", "l2", "activation", "taylor"])
@pytest.mark.parametrize("net", NETS)
def test_ranking_changes_no_weight_and_scores_every_group(
    net: str, criterion: Any, keras: Any
) -> None:
    model = NETS[net](keras).model
    graph = read_graph(model)
    before = model.get_weights()
    free = [number for number, group in graph.groups.items() if not group.fixed]
    scores = rank(model, graph, free, criterion, data_of(split(model, BATCH + 3)))
    assert {number: len(scores[number]) for number in free} == {
        number: graph.groups[number].size for number in free
    }
    assert all((score >= 0).all() and score.any() for score in scores.values())
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("criterion", ["l1", "taylor"])
def test_a_recurrent_unit_that_does_nothing_ranks_last(criterion: Any, keras: Any) -> None:
    layers = keras.layers
    model = randomised(
        keras.Sequential(
            [
                layers.Input((3, 2), name="steps"),
                layers.LSTM(4, name="lstm"),
                layers.Dense(5, activation="softmax", name="digit"),
            ]
        )
    )
    cell = model.get_layer("lstm").cell
    if criterion == "l1":  # nothing comes in, in any gate
        columns = [gate * 4 + 2 for gate in range(4)]
        places = ((cell.kernel, (slice(None), columns)), (cell.recurrent_kernel, (..., columns)))
    else:  # nothing goes out, neither to the next layer nor to the next step
        places = ((model.get_layer("digit").kernel, 2), (cell.recurrent_kernel, 2))
    for variable, place in places:
        value = variable.numpy()
        value[place] = 0
        variable.assign(value)
    graph = read_graph(model)
    number = group_of(graph, "lstm")
    found = rank(model, graph, [number], criterion, data_of(split(model, 40)))[number]
    assert found[2] == 0
    assert (np.delete(found, 2) > 0).all()
