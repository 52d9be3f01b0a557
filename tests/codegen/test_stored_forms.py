"""Sparse tensors and int4; tests/engine/pass_models compares layers with such weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codegen import read_model
from harness.codegen.stored_forms import unpacked_int4
from harness.errors import ModelError
from tests.engine.pass_models import sparse_rows
from tests.engine.tflite_builder import Sparsity, TfliteBuilder


def stored(values: Any, shape: tuple[int, ...], sparsity: Sparsity) -> Any:
    """The tensor as the reader returns it."""
    b = TfliteBuilder()
    index = b.tensor("int8", shape, scales=[0.1], data=values, sparsity=sparsity)
    b.inputs = b.outputs = [b.tensor("int8", (1,), scales=[0.1])]
    return read_model(b.build()).tensors[index].data


@given(
    rows=st.integers(1, 5),
    columns=st.integers(1, 4),
    block=st.sampled_from([1, 2, 4]),
    seed=st.integers(0, 999),
)
def test_sparse_rows_come_back(rows: int, columns: int, block: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.integers(-128, 128, (rows, columns * block), dtype=np.int8)
    matrix *= np.repeat(rng.random((rows, columns)) < 0.5, block, axis=1)
    matrix[0, 0] = 5
    values, sparsity = sparse_rows(matrix, block)
    assert stored(values, matrix.shape, sparsity).tolist() == matrix.tolist()


def test_blocks_of_two_dimensions_and_another_order() -> None:
    # columns first: blocks of 2x2, of which the lower left one is stored
    sparsity = Sparsity((1, 0, 2, 3), (0, 1), (2, ([0, 1, 1], [1]), 2, 2))
    found = stored([1, 2, 3, 4], (4, 4), sparsity)
    assert found.tolist() == [[0, 0, 0, 0], [0, 0, 0, 0], [1, 2, 0, 0], [3, 4, 0, 0]]


@pytest.mark.parametrize(
    "sparsity",
    [
        Sparsity((0, 1), (), (2, ([0, 1, 2], [0, 9]))),
        Sparsity((0, 1), (), (2, ([0, 1], [0, 1]))),
        Sparsity((0, 1), (), (2, ([0, 2, 1], [0, 1]))),
        Sparsity((0, 0), (), (2, ([0, 1, 2], [0, 1]))),
        Sparsity((0, 1), (), (1 << 30, ([0, 1, 2], [0, 1]))),
        Sparsity((0, 1, 2), (7,), (2, ([0, 1, 2], [0, 1]), 1)),
    ],
)
def test_damaged_storage_is_refused(sparsity: Sparsity) -> None:
    with pytest.raises(ModelError, match="sparse"):
        stored([1, 2], (2, 2), sparsity)


def test_the_first_of_two_int4_is_in_the_lower_half() -> None:
    raw = np.array([0x71, 0x8F, 0x03], dtype=np.uint8)
    assert unpacked_int4(raw, 5, "tensor 0").tolist() == [1, 7, -1, -8, 3]
    with pytest.raises(ModelError, match="3 bytes of data for 7 int4"):
        unpacked_int4(raw, 7, "tensor 0")
