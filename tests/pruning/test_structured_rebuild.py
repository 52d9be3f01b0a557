from typing import Any

import numpy as np
import pytest

from harness.pruning.structured_graph import read_graph
from harness.pruning.structured_rebuild import rebuild
from harness.training.kernels import find_weight
from tests.variants.small_nets import NETS, Net, silence


def kept_units(net: Net) -> dict[int, np.ndarray]:
    graph = read_graph(net.model)
    found = {graph.group_of(group.writers[0]): np.array(group.kept) for group in net.groups}
    return {number: kept for number, kept in found.items() if number is not None}


def pruned(net: Net) -> Any:
    return rebuild(net.model, read_graph(net.model), kept_units(net))


def outputs(model: Any) -> np.ndarray:
    x = np.random.default_rng(3).normal(size=(64, *model.input_shape[1:])).astype(np.float32)
    scores: np.ndarray = model(x, training=False).numpy()
    return scores


@pytest.mark.parametrize("name", NETS)
def test_removing_silent_units_changes_no_output(name: str, keras: Any) -> None:
    net = NETS[name](keras)
    loud = outputs(net.model)
    silence(net)
    expected = outputs(net.model)
    assert np.abs(loud - expected).max() > 1e-2
    assert np.abs(outputs(pruned(net)) - expected).max() < 1e-6


@pytest.mark.parametrize("name", NETS)
def test_removing_units_that_nobody_reads_changes_no_output(name: str, keras: Any) -> None:
    """The other way round: incoming weights stay, the rows that read the units are zero."""
    net = NETS[name](keras)
    graph = read_graph(net.model)
    for number, kept in kept_units(net).items():
        group = graph.groups[number]
        gone = np.setdiff1d(np.arange(group.size), kept)
        for reader in group.readers:
            kernel = find_weight(net.model.get_layer(reader.layer), reader.at.weight)
            value = kernel.numpy()
            rows = np.moveaxis(value, reader.at.axis, 0)  # a view
            rows[reader.channels.indices(group.size, gone)] = 0
            kernel.assign(value)
    expected = outputs(net.model)
    assert np.abs(outputs(pruned(net)) - expected).max() < 1e-6


@pytest.mark.parametrize("name", NETS)
def test_units_that_count_are_missed(name: str, keras: Any) -> None:
    net = NETS[name](keras)
    assert np.abs(outputs(pruned(net)) - outputs(net.model)).max() > 1e-2


@pytest.mark.parametrize("name", NETS)
def test_names_stay_and_the_base_is_untouched(name: str, keras: Any) -> None:
    net = NETS[name](keras)
    weights, config = net.model.get_weights(), net.model.get_config()
    small = pruned(net)
    assert small.name == net.model.name
    assert [layer.name for layer in small.layers] == [layer.name for layer in net.model.layers]
    assert type(small) is type(net.model)
    for layer in small.layers:
        for weight in layer.weights:
            weight.assign(weight + 1)
    assert net.model.get_config() == config
    for before, after in zip(weights, net.model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_every_layer_has_the_shape_that_was_asked_for(keras: Any) -> None:
    small = pruned(NETS["ds_cnn"](keras))
    shapes = {
        f"{layer.name}.{index}": weight.shape
        for layer in small.layers
        for index, weight in enumerate(layer.get_weights())
    }
    assert shapes["stem.0"] == (3, 3, 2, 3)
    assert shapes["stem_bn.3"] == (3,)
    assert shapes["deep1.0"] == (3, 3, 3, 2)
    assert shapes["deep1.1"] == (6,)
    assert shapes["deep1_bn.0"] == (6,)
    assert shapes["point1.0"] == (1, 1, 6, 3)
    assert shapes["deep2.0"] == (3, 3, 3, 3)
    assert shapes["flat_bn.0"] == (4 * 9,)
    assert shapes["hidden.0"] == (4 * 9, 1)
    assert shapes["digit.0"] == (1, 5)


def test_all_gates_of_a_recurrent_unit_go_together(keras: Any) -> None:
    net = NETS["sequence"](keras)
    small = pruned(net)
    cell, cut = (model.get_layer("lstm").cell for model in (net.model, small))
    kept = [1, 2]
    inputs = [2 * channel + copy for channel in (0, 2, 5) for copy in range(2)]
    kernel = cell.kernel.numpy().reshape(12, 4, 5)
    np.testing.assert_array_equal(
        cut.kernel.numpy(), kernel[inputs][:, :, kept].reshape(len(inputs), 4 * 2)
    )
    recurrent = cell.recurrent_kernel.numpy().reshape(5, 4, 5)
    np.testing.assert_array_equal(
        cut.recurrent_kernel.numpy(), recurrent[kept][:, :, kept].reshape(2, 4 * 2)
    )
    np.testing.assert_array_equal(
        cut.bias.numpy(), cell.bias.numpy().reshape(4, 5)[:, kept].reshape(-1)
    )
    gru, small_gru = (model.get_layer("gru").cell for model in (net.model, small))
    np.testing.assert_array_equal(
        small_gru.bias.numpy(), gru.bias.numpy().reshape(2, 3, 6)[:, :, [2, 3, 5]].reshape(2, 9)
    )


def test_a_transposed_kernel_is_cut_along_its_own_axes(keras: Any) -> None:
    net = NETS["upscaled"](keras)
    small = pruned(net)
    kernel = net.model.get_layer("up").kernel.numpy()  # (height, width, outputs, inputs)
    np.testing.assert_array_equal(
        small.get_layer("up").kernel.numpy(), kernel[:, :, [1, 2, 5]][..., [0, 3]]
    )
    separable = net.model.get_layer("separable")
    np.testing.assert_array_equal(
        small.get_layer("separable").depthwise_kernel.numpy(),
        separable.depthwise_kernel.numpy()[:, :, [1, 2, 5]],
    )
    np.testing.assert_array_equal(
        small.get_layer("separable").pointwise_kernel.numpy(),
        separable.pointwise_kernel.numpy()[:, :, [3, 4, 5, 6, 7, 8, 15, 16, 17]][..., [0, 2]],
    )


def test_rows_of_a_flattened_map_are_cut_in_hwc_order(keras: Any) -> None:
    net = NETS["cnn"](keras)
    small = pruned(net)
    kernel = net.model.get_layer("hidden").kernel.numpy().reshape(3, 3, 6, 12)
    cut = small.get_layer("hidden").kernel.numpy().reshape(3, 3, 3, 4)
    np.testing.assert_array_equal(cut, kernel[:, :, [1, 2, 5]][..., [0, 3, 4, 11]])
