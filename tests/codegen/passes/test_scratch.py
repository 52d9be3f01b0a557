from __future__ import annotations

from pathlib import Path

import pytest

from harness.codegen import compile_model
from tests.engine.dense_networks import network
from tests.engine.networks import build

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.mark.parametrize(
    ("core", "sizes"),
    [
        # the pool's four windows of 3 rows of 3 taps, filled up to 4; 72 and 100 inputs
        ("cortex-m4f", [2 * 4 * 12, 2 * 72, 2 * 100]),
        ("generic", [2 * 4 * 12, 2 * 72, 2 * 100]),
        ("cortex-m3", [4 * 12, 72, 100]),
        ("rv32imc", [4 * 12, 72, 100]),
        ("avr5", [4 * 12, 72, 100]),
    ],
)
def test_windows_are_as_large_as_the_layer_and_the_core_make_them(
    core: str, sizes: list[int]
) -> None:
    calls = compile_model((DATA / "digits_int8.tflite").read_bytes(), "m", core=core).calls
    assert [call.scratch_bytes for call in calls if call.scratch_bytes is not None] == sizes


def test_joined_windows_are_kept_as_bytes_and_as_taps() -> None:
    data = build(network((9, 9, 3), {"stride": (2, 2)}))
    needed = {
        core: compile_model(data, "m", core=core).calls[0].scratch_bytes
        for core in ("cortex-m4f", "cortex-m3", "avr5")
    }
    # 27 taps, filled up to 28: of two windows, on AVR of one
    assert needed == {"cortex-m4f": 2 * (28 + 2 * 28), "cortex-m3": 2 * (28 + 28), "avr5": 28 + 28}


def test_depthwise_layers_have_a_plane_and_sums_but_on_avr() -> None:
    data = (DATA / "dscnn_int8.tflite").read_bytes()
    found = {
        core: [
            call.scratch_bytes
            for call in compile_model(data, "m", core=core).calls
            if call.kernel == "engine_depthwise_3x3_s8"
        ]
        for core in ("cortex-m4f", "avr6")
    }
    assert found["avr6"] == [0] * len(found["cortex-m4f"])
    # 8x8 outputs of 3x3 windows: 10 rows of 10 elements, 64 sums and one
    assert found["cortex-m4f"][0] == 4 * 65 + 2 * 10 * 10


def test_long_windows_are_copied_piece_by_piece() -> None:
    data = build(network((3, 3, 200), {"channels": 4, "padding": "VALID"}))
    needed = {
        core: compile_model(data, "m", core=core).calls[0].scratch_bytes
        for core in ("cortex-m4f", "cortex-m3", "avr5")
    }
    assert needed == {"cortex-m4f": 2 * 1280, "cortex-m3": 1280, "avr5": 128}
