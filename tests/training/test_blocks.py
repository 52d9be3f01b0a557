"""Blocks lie along the rows of the TFLite file, and masks keep what scores best."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.training.blocks import as_runs, block_means, fill_blocks, from_runs, m_by_n_mask

SHAPES = st.one_of(
    st.tuples(st.integers(1, 13), st.integers(1, 5)),
    st.tuples(st.integers(1, 3), st.integers(1, 5), st.integers(1, 3)),
    st.tuples(*[st.integers(1, 3)] * 3, st.integers(1, 4)),
)


def scores(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random(shape)


@given(SHAPES)
def test_runs_are_the_rows_of_the_tflite_file(shape: tuple[int, ...]) -> None:
    kernel = scores(shape)
    tflite = kernel.T if len(shape) == 2 else np.moveaxis(kernel, -1, 0)
    assert as_runs(kernel).ravel().tolist() == tflite.ravel().tolist()
    assert np.array_equal(from_runs(as_runs(kernel), shape), kernel)


def test_a_run_is_a_row_of_the_window_or_all_inputs() -> None:
    assert as_runs(scores((3, 5, 2, 7))).shape == (7, 3, 10)
    assert as_runs(scores((6, 4))).shape == (4, 1, 6)


def test_means_of_blocks_and_of_the_rest_at_the_end_of_a_run() -> None:
    kernel = np.array([[1, 2, 3, 4, 10, 20]]).T * np.array([[1.0, 2.0]])
    assert block_means(kernel, 4).tolist() == [[2.5, 5.0], [15.0, 30.0]]


@given(SHAPES, st.integers(2, 5), st.integers(0, 3))
def test_filling_blocks_gives_all_of_a_block_its_value(
    shape: tuple[int, ...], size: int, seed: int
) -> None:
    kernel = scores(shape, seed)
    means = block_means(kernel, size)
    assert means.shape[-1] == shape[-1]
    filled = fill_blocks(means, size, shape)
    assert filled.shape == shape
    np.testing.assert_allclose(block_means(filled, size), means)
    for run in as_runs(filled).reshape(-1, as_runs(filled).shape[2]):
        for start in range(0, len(run), size):
            assert len(set(run[start : start + size])) == 1


@given(SHAPES, st.integers(2, 5), st.data())
def test_each_block_keeps_its_best(shape: tuple[int, ...], size: int, data: st.DataObject) -> None:
    zeros = data.draw(st.integers(1, size - 1))
    kernel = scores(shape)
    mask = as_runs(m_by_n_mask(kernel, zeros, size))
    for kept, run in zip(
        mask.reshape(-1, mask.shape[2]), as_runs(kernel).reshape(-1, mask.shape[2]), strict=True
    ):
        for start in range(0, len(run), size):
            block, stays = run[start : start + size], kept[start : start + size]
            best = np.sort(block)[::-1][: size - zeros]
            assert sorted(block[stays], reverse=True) == best.tolist()


def test_ties_fall_to_the_earlier_weight() -> None:
    assert m_by_n_mask(np.ones((4, 1)), 2, 4).ravel().tolist() == [False, False, True, True]


@pytest.mark.parametrize("shape", [(8, 6), (10, 6), (3, 3, 8, 5)])
def test_masks_are_tfmots_where_blocks_divide_the_inputs_or_a_run_is_all_inputs(
    shape: tuple[int, ...], keras: Any
) -> None:
    from tensorflow_model_optimization.python.core.sparsity.keras import pruning_utils as tfmot

    kernel = keras.backend.constant(scores(shape))
    theirs = tfmot.generate_m_by_n_mask(tfmot.weights_rearrange(kernel), (2, 4))
    theirs = tfmot.m_by_n_sparsity_mask_prepare(theirs, kernel.shape)
    assert np.array_equal(m_by_n_mask(kernel.numpy(), 2, 4), theirs.numpy() > 0)


def test_where_tfmot_prunes_nothing_the_weights_of_a_windows_row_make_a_block(keras: Any) -> None:
    """One input channel: tfmot fills every pixel up to a block of its own."""
    from tensorflow_model_optimization.python.core.sparsity.keras import pruning_utils as tfmot

    kernel = keras.backend.constant(scores((3, 4, 1, 2)))
    theirs = tfmot.generate_m_by_n_mask(tfmot.weights_rearrange(kernel), (2, 4))
    assert theirs.numpy().min() == 1
    assert (~m_by_n_mask(kernel.numpy(), 2, 4)).sum() == 12
