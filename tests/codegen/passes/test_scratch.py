from __future__ import annotations

from operator import attrgetter
from pathlib import Path

import pytest

from harness.codegen import compile_model
from harness.codegen.cores import CORES, Core
from tests.engine.dense_networks import network
from tests.engine.networks import build

DATA = Path(__file__).resolve().parents[2] / "data"


# With vectors int8 layers read their inputs where they are.
COPYING = [core for core in CORES.values() if not core.mve]


@pytest.mark.parametrize("core", COPYING, ids=attrgetter("name"))
def test_windows_are_as_large_as_the_layer_and_the_core_make_them(core: Core) -> None:
    calls = compile_model((DATA / "digits_int8.tflite").read_bytes(), "m", core=core.name).calls
    # the pool's four windows of 3 rows of 3 taps, filled up to 4; 72 and 100 inputs
    sizes = [core.tap_bytes * taps for taps in (4 * 12, 72, 100)]
    assert [call.scratch_bytes for call in calls if call.scratch_bytes is not None] == sizes


@pytest.mark.parametrize("core", COPYING, ids=attrgetter("name"))
def test_joined_windows_are_kept_as_bytes_and_as_taps(core: Core) -> None:
    data = build(network((9, 9, 3), {"stride": (2, 2)}))
    needed = compile_model(data, "m", core=core.name).calls[0].scratch_bytes
    # 27 taps, filled up to 28: of two windows, on AVR of one
    assert needed == core.pixels * (28 + core.tap_bytes * 28)


@pytest.mark.parametrize("core", COPYING, ids=attrgetter("name"))
def test_depthwise_layers_have_a_plane_and_sums_but_on_avr(core: Core) -> None:
    data = (DATA / "dscnn_int8.tflite").read_bytes()
    needed = [
        call.scratch_bytes
        for call in compile_model(data, "m", core=core.name).calls
        if call.kernel == "engine_depthwise_3x3_s8"
    ]
    # 8x8 outputs of 3x3 windows: 10 rows of 10 elements, 64 sums and one
    assert needed[0] == (0 if core.family == "avr" else 4 * 65 + 2 * 10 * 10)
    assert (set(needed) == {0}) == (core.family == "avr")


@pytest.mark.parametrize("core", COPYING, ids=attrgetter("name"))
def test_long_windows_are_copied_piece_by_piece(core: Core) -> None:
    data = build(network((3, 3, 200), {"channels": 4, "padding": "VALID"}))
    needed = compile_model(data, "m", core=core.name).calls[0].scratch_bytes
    assert needed == core.tap_bytes * core.window_taps


@pytest.mark.parametrize(("size", "windows"), [((9, 9, 3), 3), ((3, 4, 3), 2)])
def test_vectors_join_the_windows_that_they_compute_together(
    size: tuple[int, int, int], windows: int
) -> None:
    data = build(network(size, {"padding": "VALID"}))
    needed = compile_model(data, "m", core="cortex-m55").calls[0].scratch_bytes
    assert needed == 27 * windows  # at most one for each output
