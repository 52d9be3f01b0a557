from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codegen import compile_model
from harness.codegen.graph import Array
from harness.codegen.storage.sparse import Taps, linear_taps
from harness.codegen.storage.sparse_blocks import BlockWeights, encode_blocks
from tests.engine.tflite_builder import TfliteBuilder


def decode(stored: BlockWeights, taps: Taps, filters: int) -> tuple[Array, Array]:
    """Return the weights (filters, taps) that a kernel multiplies, and constant outputs."""
    at = {int(offset): tap for tap, offset in enumerate(taps.offsets)}
    weights, constants = np.zeros((filters, len(at)), np.int64), np.zeros(filters, np.int64)
    heads, places = iter(stored.heads.tolist()), iter(stored.places.tolist())
    blocks = iter(stored.weights.tolist())
    index = 0
    while True:
        for _ in range(next(heads)):
            value = next(heads)
            constants[index] = value - 256 if value > 127 else value
            index += 1
        live = next(heads)
        if live == 0:
            return weights, constants
        for _ in range(live):
            for offset in stored.offsets.tolist():
                for _ in range(next(heads)):
                    first = offset + next(places)
                    for step, weight in enumerate(next(blocks)):
                        weights[index, at[first + step]] += weight
            index += 1


@given(data=st.data())
def test_blocks_hold_every_weight_once(data: st.DataObject) -> None:
    """Separate stretches of four or more taps, as in rows of windows."""
    lengths = data.draw(st.lists(st.integers(4, 40), min_size=1, max_size=12))
    gaps = data.draw(st.lists(st.integers(1, 300), min_size=len(lengths), max_size=len(lengths)))
    offsets: list[int] = []
    for length, gap in zip(lengths, gaps, strict=True):
        start = offsets[-1] + 1 + gap if offsets else 0
        offsets += range(start, start + length)
    taps = Taps(np.array(offsets), np.zeros(len(offsets)), np.array(offsets))
    rng = np.random.default_rng(data.draw(st.integers(0, 1 << 32)))
    filters = data.draw(st.integers(1, 9))
    keep = data.draw(st.sampled_from([0.0, 0.05, 0.3, 1.0]))
    weights = rng.integers(-128, 128, (filters, len(offsets)))
    weights = (weights * (rng.random(weights.shape) < keep)).astype(np.int8)
    outputs = rng.integers(-128, 128, filters).astype(np.int8)
    stored = encode_blocks(weights, taps, outputs)
    assert stored is not None
    found, constants = decode(stored, taps, filters)
    assert np.array_equal(found, weights)
    live = weights.any(axis=1)
    assert stored.live == tuple(np.flatnonzero(live))
    assert np.array_equal(constants, np.where(live, 0, outputs))
    assert len(stored.weights) <= np.count_nonzero(weights)


def test_as_few_blocks_as_cover_the_weights() -> None:
    weights = np.zeros((2, 12), np.int8)
    weights[0, [1, 3, 4, 11]] = 1, 2, 3, 4
    weights[1, 5:10] = 5
    stored = encode_blocks(weights, linear_taps(12), np.zeros(2, np.int8))
    assert stored is not None
    # taps 1 to 4; the last weight's block begins where the input still has four
    assert stored.weights.tolist() == [[1, 0, 2, 3], [0, 0, 0, 4], [5, 5, 5, 5], [0, 5, 0, 0]]
    assert stored.places.tolist() == [0, 7, 4, 7]
    assert stored.heads.tolist() == [0, 2, 2, 2, 0, 0]
    assert stored.offsets.tolist() == [1]


def test_shorter_stretches_than_a_block_are_refused() -> None:
    taps = Taps(np.array([0, 1, 2, 30, 31, 32]), np.zeros(6), np.arange(6))
    assert encode_blocks(np.ones((1, 6), np.int8), taps, np.zeros(1, np.int8)) is None


def layer(*, in_blocks: bool) -> bytes:
    """80 inputs, 40 outputs, 80 % of the weights zero: single ones, or whole blocks of four."""
    b, rng = TfliteBuilder(), np.random.default_rng(2)
    mask = rng.random((40, 20 if in_blocks else 80)) < 0.2
    weights = np.repeat(mask, 4, axis=1) if in_blocks else mask
    source = b.tensor("int8", (1, 80), scales=[0.05])
    result = b.tensor("int8", (1, 40), scales=[0.05])
    constant = b.tensor("int8", (40, 80), data=weights * 3, scales=[0.05])
    b.operator("FULLY_CONNECTED", [source, constant], [result])
    b.inputs, b.outputs = [source], [result]
    return b.build()


@pytest.mark.parametrize(
    ("in_blocks", "core", "kernel"),
    [
        (True, "cortex-m4f", "engine_sparse_blocks_s8"),
        (False, "cortex-m4f", "engine_sparse_s8"),
        (True, "cortex-m3", "engine_sparse_s8"),  # no instructions for blocks
    ],
)
def test_blocks_are_taken_where_they_pay(in_blocks: bool, core: str, kernel: str) -> None:
    op = compile_model(layer(in_blocks=in_blocks), "m", core=core).ops[0]
    assert op.kernel == kernel
    if kernel == "engine_sparse_blocks_s8":
        assert "in 1" in op.reason
        assert "blocks of four, modelled" in op.reason
