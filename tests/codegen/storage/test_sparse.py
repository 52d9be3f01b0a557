from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codegen.storage.sparse import (
    SparseWeights,
    Taps,
    decode,
    encode,
    linear_taps,
    window_taps,
)
from harness.codegen.structs import Window

SPARSITIES = [0.0, 0.5, 0.8, 0.99, 1.0]


def drawn(filters: int, taps: int, sparsity: float, dtype: str, seed: int) -> tuple[Any, Any]:
    """Weights and the outputs of filters without weights."""
    rng = np.random.default_rng(seed)
    values = rng.integers(1, 128, (filters, taps)) * rng.choice([-1, 1], (filters, taps))
    weights = (values * (rng.random((filters, taps)) >= sparsity)).astype(dtype)
    return weights, rng.integers(-128, 128, filters).astype(dtype)


def check_decodes(weights: Any, taps: Taps, constants: Any, *, by_row: bool) -> SparseWeights:
    stored = encode(weights, taps, constants, by_row=by_row)
    is_float = weights.dtype == np.float32
    found, outputs = decode(stored, taps, len(weights), is_float=is_float)
    np.testing.assert_array_equal(found, weights)
    dead = [i for i in range(len(weights)) if i not in stored.live]
    assert not weights[dead].any()
    np.testing.assert_array_equal(outputs[dead], constants[dead])
    return stored


@given(
    filters=st.integers(1, 12),
    depth=st.sampled_from([1, 7, 254, 255, 256, 257, 511, 513, 700]),
    sparsity=st.sampled_from(SPARSITIES),
    dtype=st.sampled_from(["int8", "float32"]),
    seed=st.integers(0, 99),
)
def test_vectors_decode_to_the_weights(
    filters: int, depth: int, sparsity: float, dtype: str, seed: int
) -> None:
    weights, constants = drawn(filters, depth, sparsity, dtype, seed)
    check_decodes(weights, linear_taps(depth), constants, by_row=False)


@given(
    kernel=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    dilation=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    channels=st.integers(1, 40),
    sparsity=st.sampled_from(SPARSITIES),
    by_row=st.booleans(),
    dtype=st.sampled_from(["int8", "float32"]),
    seed=st.integers(0, 99),
)
def test_windows_decode_to_the_weights(
    kernel: tuple[int, int],
    dilation: tuple[int, int],
    channels: int,
    sparsity: float,
    by_row: bool,
    dtype: str,
    seed: int,
) -> None:
    taps = window_taps(window(kernel, dilation, channels))
    weights, constants = drawn(3, len(taps.offsets), sparsity, dtype, seed)
    stored = check_decodes(weights, taps, constants, by_row=by_row)
    if by_row:
        assert all(len(set(taps.rows[list(s.taps)])) <= 1 for s in stored.segments)


def window(kernel: tuple[int, int], dilation: tuple[int, int], channels: int) -> Window:
    return Window(
        in_h=12, in_w=12, in_c=channels, out_h=1, out_w=1, out_c=3,
        kernel_h=kernel[0], kernel_w=kernel[1], stride_h=1, stride_w=1,
        dilation_h=dilation[0], dilation_w=dilation[1], pad_top=0, pad_left=0,
    )  # fmt: skip


def test_weights_are_laid_out_as_the_kernels_read_them() -> None:
    weights = np.array([[0, 5, 0, -6], [0, 0, 0, 0], [7, 0, 0, 0]], np.int8)
    stored = encode(weights, linear_taps(4), np.array([0, -3, 0], np.int8), by_row=False)
    assert stored.live == (0, 2)
    # no constants, one live filter of 2 weights; one constant, -3, one live filter of 1; no more
    assert stored.heads.tolist() == [0, 1, 2, 1, 253, 1, 1, 0, 0]
    # weight and position; the odd one is followed by a zero
    assert stored.taps.tolist() == [5, 1, 250, 3, 7, 0, 0, 0]
    assert stored.offsets.tolist() == [0]


def test_float_weights_stand_beside_their_positions() -> None:
    weights = np.array([[0, 0.5], [0, 0]], np.float32)
    stored = encode(weights, linear_taps(2), np.array([0, 9], np.float32), by_row=False)
    assert stored.heads.tolist() == [0, 1, 1, 1, 0]
    assert stored.taps.tolist() == [0]
    assert stored.values.tolist() == [0.5, 9.0]
    assert stored.offsets.tolist() == [1]


def test_inputs_that_no_weight_reads_are_left_out() -> None:
    weights = np.zeros((2, 2000), np.int8)
    weights[0, 1000], weights[1, 1255] = 1, 2
    stored = check_decodes(weights, linear_taps(2000), np.zeros(2, np.int8), by_row=False)
    assert stored.offsets.tolist() == [1000]


@pytest.mark.parametrize(("depth", "segments"), [(255, 1), (256, 2), (257, 2)])
def test_a_full_row_is_cut_where_its_count_leaves_a_byte(depth: int, segments: int) -> None:
    weights, constants = drawn(2, depth, 0.0, "int8", 1)
    stored = check_decodes(weights, linear_taps(depth), constants, by_row=False)
    assert len(stored.segments) == segments


def test_row_of_256_inputs_with_a_zero_is_one_segment() -> None:
    weights, constants = drawn(2, 256, 0.0, "int8", 1)
    weights[:, 100] = 0
    stored = check_decodes(weights, linear_taps(256), constants, by_row=False)
    assert len(stored.segments) == 1


def test_offsets_beyond_65535_are_stored() -> None:
    taps = window_taps(window((3, 3), (3, 3), 4000))
    weights = np.zeros((1, len(taps.offsets)), np.int8)
    weights[0, -1] = 3
    stored = check_decodes(weights, taps, np.zeros(1, np.int8), by_row=False)
    assert stored.offsets.tolist() == [(6 * 12 + 6) * 4000 + 3999]


@pytest.mark.parametrize("filters", [255, 256, 257, 600])
def test_many_filters_without_weights_are_kept_apart(filters: int) -> None:
    weights = np.zeros((filters, 3), np.int8)
    constants = np.arange(filters).astype(np.int8)
    stored = check_decodes(weights, linear_taps(3), constants, by_row=False)
    assert list(stored.live) == [i for i in range(filters) if i % 256 == 255]
