"""Which weights go: exact numbers, pools, and no output without a weight."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import TrainingError
from harness.training.kernels import Kernel, find_kernels
from harness.training.masks import choose_masks
from harness.training.targets import Targets

SHAPES = {"conv": (3, 3, 1, 8), "hidden": (72, 10), "digit": (10, 4)}
KERNELS = tuple(Kernel(layer, "kernel", None, 1) for layer in SHAPES)


def scores(seed: int = 0) -> list[np.ndarray]:
    generator = np.random.default_rng(seed)
    return [generator.random(shape) for shape in SHAPES.values()]


def zeros(masks: list[np.ndarray]) -> list[int]:
    return [int((~mask).sum()) for mask in masks]


@given(st.floats(0, 0.9), st.integers(0, 5))
def test_each_layer_loses_exactly_its_share_and_the_lowest(sparsity: float, seed: int) -> None:
    found = scores(seed)
    masks = choose_masks(KERNELS, found, Targets(sparsity))
    assert zeros(masks) == [round(sparsity * size) for size in (72, 720, 40)]
    for mask, score in zip(masks[:2], found[:2], strict=True):
        if (~mask).sum() > 0:
            assert score[~mask].max() < score[mask].min()


def test_one_threshold_over_all_layers() -> None:
    found = scores()
    found[0] += 1
    masks = choose_masks(KERNELS, found, Targets(0.5, "global"))
    assert sum(zeros(masks)) == round(0.5 * 832)
    assert zeros(masks)[0] == 0


def test_a_layers_own_target_takes_it_out_of_the_global_count() -> None:
    masks = choose_masks(KERNELS, scores(), Targets(0.5, "global", {"hidden": 0.9, "digit": 0.0}))
    assert zeros(masks) == [36, 648, 0]
    masks = choose_masks(KERNELS, scores(), Targets(0.5, "layer", {"conv": 0.25}))
    assert zeros(masks) == [18, 360, 20]


def test_rising_targets() -> None:
    half = Targets(0.8, "global", {"conv": 0.4}).rising(lambda final: final / 2)
    assert half == Targets(0.4, "global", {"conv": 0.2})


def test_ties_fall_to_the_earlier_weight() -> None:
    kernel = (Kernel("only", "kernel", None, 1),)
    (mask,) = choose_masks(kernel, [np.ones((4, 1))], Targets(0.5))
    assert mask.ravel().tolist() == [False, False, True, True]


def cut_off() -> list[np.ndarray]:
    found = scores()
    found[2][:, 3] *= 1e-6
    return found


def test_a_unit_cut_off_is_refused_by_name() -> None:
    with pytest.raises(TrainingError, match="layer 'digit', unit 3 would be left") as caught:
        choose_masks(KERNELS, cut_off(), Targets(0.5), on_disconnect="refuse", where="variant a")
    assert caught.value.where == "variant a"
    assert 'on_disconnect = "keep"' in caught.value.hint


def test_a_unit_cut_off_keeps_its_best_weight_and_the_number_stays() -> None:
    found = cut_off()
    masks = choose_masks(KERNELS, found, Targets(0.5))
    assert zeros(masks) == [36, 360, 20]
    assert masks[2][:, 3].sum() == 1
    assert masks[2][found[2][:, 3].argmax(), 3]


def test_a_whole_layer_cut_off_by_the_global_threshold() -> None:
    found = scores()
    found[0] *= 1e-6
    with pytest.raises(TrainingError, match="layer 'conv' would be left without a weight"):
        choose_masks(KERNELS, found, Targets(0.5, "global"), on_disconnect="refuse")
    masks = choose_masks(KERNELS, found, Targets(0.5, "global"))
    assert sum(zeros(masks)) == 416
    assert zeros(masks)[0] == 71
    assert masks[0].ravel()[found[0].argmax()]


def test_no_unit_is_given_up_for_a_sparsity_that_leaves_too_few_weights() -> None:
    masks = choose_masks(KERNELS, scores(), Targets(0.99))
    assert zeros(masks) == [71, 713, 36]
    assert masks[2].sum(axis=0).tolist() == [1, 1, 1, 1]


def test_units_of_a_depthwise_layer_are_channels_times_multiplier() -> None:
    kernel = (Kernel("last", "depthwise_kernel", None, 2),)
    score = np.ones((3, 3, 2, 2))
    score[:, :, 1, 0] = 0.1
    with pytest.raises(TrainingError, match="layer 'last', unit 2 "):
        choose_masks(kernel, [score], Targets(0.25), on_disconnect="refuse")


def test_kernels_of_a_separable_convolution_share_the_layers_target() -> None:
    pair = (Kernel("sep", "depthwise_kernel", None, 2), Kernel("sep", "pointwise_kernel", None, 1))
    parts = [np.full((3, 3, 2, 1), 0.1), np.ones((1, 1, 2, 3))]
    assert zeros(choose_masks(pair, parts, Targets(0.5))) == [12, 0]


def test_kernels_are_found_in_the_layers_order_without_biases(keras: Any) -> None:
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((4, 4, 2)),
            layers.Conv2D(3, 2, name="a"),
            layers.SeparableConv2D(4, 2, name="b"),
            layers.Dense(5, name="c"),
        ]
    )
    a, b, c = model.layers
    expected = (
        Kernel("a", "kernel", a.kernel, 1),
        Kernel("b", "depthwise_kernel", b.depthwise_kernel, 2),
        Kernel("b", "pointwise_kernel", b.pointwise_kernel, 1),
        Kernel("c", "kernel", c.kernel, 1),
    )
    found = find_kernels(model)
    assert found == expected
    assert all(one.variable is other.variable for one, other in zip(found, expected, strict=True))


def test_units_of_a_transposed_kernel_are_its_last_axis_but_one() -> None:
    kernel = Kernel("up", "kernel", None, 1, transposed=True)
    score = np.arange(24.0).reshape(2, 3, 4)  # (width, outputs, inputs): the first output is least
    (mask,) = choose_masks((kernel,), [score], Targets(0.7))
    assert zeros([mask]) == [round(0.7 * 24)]
    assert mask.any(axis=(0, 2)).all()
    (mask,) = choose_masks(
        (kernel,), [np.where(np.arange(3)[:, None] == 1, 0, score)], Targets(0.5)
    )
    assert np.argwhere(mask[:, 1]).tolist() == [[0, 0]]  # the best of output 1 stays
