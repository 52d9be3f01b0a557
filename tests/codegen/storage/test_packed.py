"""Weights packed for DSP instructions: sums over their words."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codegen import compile_model
from harness.codegen.calls import Call
from harness.codegen.cores import CORES, Core
from harness.codegen.engine_constants import DIRECT_TAPS
from harness.codegen.storage.blocked import blocked
from harness.codegen.storage.packed import is_packed, packed, sums_fit
from harness.codegen.structs import ConvMaxPoolS8Params
from tests.engine.tflite_builder import TfliteBuilder

_TFLITE = (Path(__file__).parents[2] / "data" / "digits_int8.tflite").read_bytes()


def lanes_of(stored: np.ndarray, filters: int, taps: int) -> np.ndarray:
    """Blocks of four as int16 lanes (block, pair, tap)."""
    lanes = stored.view("<i2").reshape(filters // 4, taps // 4, 2, 2, 2)
    # (block, group, odd, pair, later) -> taps in order: 0, 1, 2, 3 of (later, odd)
    return lanes.transpose(0, 3, 1, 4, 2).reshape(filters // 4, 2, taps)


@given(seed=st.integers(0, 2**32 - 1), blocks=st.integers(1, 3), groups=st.integers(1, 20))
def test_sums_of_lanes_hold_the_sums_of_two_filters(seed: int, blocks: int, groups: int) -> None:
    random = np.random.default_rng(seed)
    weights = random.integers(-127, 128, (4 * blocks, 1, 4 * groups), dtype=np.int8)
    x = random.integers(-128, 128, 4 * groups)
    stored = packed(blocked(weights), 4 * blocks)
    assert stored is not None
    lanes = lanes_of(stored, 4 * blocks, 4 * groups)
    mixed = (lanes * x).sum(axis=2)
    even = (lanes.astype(np.int8) * x).sum(axis=2)
    expected = weights.reshape(2 * blocks, 2, -1).astype(np.int64) @ x
    assert np.array_equal(even.reshape(-1), expected[:, 0])
    assert np.array_equal((mixed - even).reshape(-1) >> 8, expected[:, 1])


def test_filters_that_fill_no_block_stay_as_they_are() -> None:
    weights = np.full((6, 1, 4), -1, np.int8)
    stored = packed(blocked(weights), 6)
    assert stored is not None
    assert stored[:16].tolist() == [-1, -2] * 8
    assert stored[16:].tolist() == [-1] * 8
    few = blocked(weights[:3])
    assert np.array_equal(packed(few, 3), few)


def test_what_lanes_cannot_hold_is_not_packed() -> None:
    weights = np.zeros((4, 1, 8), np.int8)
    weights[3] = -128
    assert packed(blocked(weights), 4) is not None
    weights[2, 0, 5] = -1  # its neighbour would be -129
    assert packed(blocked(weights), 4) is None


@pytest.mark.parametrize(("taps", "fits"), [(512, True), (516, True), (520, False)])
def test_sums_beyond_24_bits_are_not_packed(taps: int, fits: bool) -> None:
    weights = np.zeros((8, 1, taps), np.int8)
    weights[5] = 127  # 128 * 127 * 516 is the last below 2^23
    assert sums_fit(blocked(weights), 8) == fits
    weights[[4, 5]] = weights[[5, 4]]  # of the even filter the sum has 32 bits
    assert sums_fit(blocked(weights), 8)
    assert sums_fit(blocked(weights[:3]), 3)


def test_layers_that_sum_pieces_fit_24_bits_whatever_the_weights() -> None:
    weights = np.full((4, 1, DIRECT_TAPS), 127, np.int8)
    assert sums_fit(blocked(weights), 4)
    assert not sums_fit(blocked(np.full((4, 1, 2 * DIRECT_TAPS), 127, np.int8)), 4)


def large_layer(core: Core, depth: int, weight: int) -> Call:
    """A fully connected layer of six equal filters, as the core runs it."""
    layer = fully_connected(np.full((6, depth), weight, np.int8))
    call = compile_model(layer, "layer", core=core.name).calls[0]
    assert (call.scratch_bytes is None) == (call.kernel != "engine_fc_s8")
    return call


@pytest.mark.parametrize(
    "core", [core for core in CORES.values() if not core.mve], ids=attrgetter("name")
)
def test_large_layers_read_inputs_where_they_are(core: Core) -> None:
    copied, direct = large_layer(core, 1280, 1), large_layer(core, 1284, 1)
    assert (copied.kernel, is_packed(copied)) == ("engine_fc_s8", core.dsp)
    kernel = "engine_fc_s8" if core.flash_params else "engine_fc_direct_s8"
    assert (direct.kernel, is_packed(direct)) == (kernel, core.dsp)
    pieces = large_layer(core, 1280, 127)  # packed, 512 taps at a time: sums have 24 bits
    kernel = "engine_fc_direct_s8" if core.dsp else "engine_fc_s8"
    assert (pieces.kernel, is_packed(pieces)) == (kernel, core.dsp)


@pytest.mark.parametrize(
    "core", [core for core in CORES.values() if core.mve], ids=attrgetter("name")
)
def test_layers_for_vectors_are_neither_packed_nor_copied(core: Core) -> None:
    call = large_layer(core, 1284, 1)
    assert (call.kernel, is_packed(call)) == ("engine_fc_plain_s8", False)


def test_a_weight_that_cannot_be_packed_keeps_its_layer_in_plain_blocks() -> None:
    weights = np.full((6, 1284), -1, np.int8)
    weights[1, 7] = -128
    call = compile_model(fully_connected(weights), "layer", core="cortex-m4f").calls[0]
    assert (call.kernel, is_packed(call)) == ("engine_fc_s8", False)


def fully_connected(weights: np.ndarray) -> bytes:
    """A model of one layer."""
    b = TfliteBuilder()
    outputs, depth = weights.shape
    source = b.tensor("int8", (1, depth), scales=[0.1], zero_points=[0])
    result = b.tensor("int8", (1, outputs), scales=[100.0], zero_points=[0])
    stored = b.tensor("int8", weights.shape, scales=[0.01], axis=0, data=weights)
    b.operator("FULLY_CONNECTED", [source, stored], [result], FusedActivationFunction=0)
    b.inputs, b.outputs = [source], [result]
    return b.build()


@pytest.mark.parametrize("core", CORES.values(), ids=attrgetter("name"))
def test_cores_with_dsp_instructions_have_packed_weights(core: Core) -> None:
    compiled = compile_model(_TFLITE, "digits", core=core.name)
    layers = [call for call in compiled.calls if is_packed(call)]
    packed = core.dsp and not core.mve
    assert len(layers) == (3 if packed else 0)  # the convolution with its pool, two more
    assert ("__ARM_FEATURE_DSP" in compiled.header) == packed


def test_a_packed_layer_says_so_in_its_parameters() -> None:
    first = compile_model(_TFLITE, "digits", core="cortex-m4f").calls[0]
    assert isinstance(first.params, ConvMaxPoolS8Params)
    assert first.params.conv.packed == 1
