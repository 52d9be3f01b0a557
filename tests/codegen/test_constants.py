from __future__ import annotations

import numpy as np

from harness.codegen.constants import NO_CONSTANTS, LayerConstants, SparseF32Constants

BYTES = np.zeros(3, np.int8)
WORDS = np.ones(2, np.int32)


def test_arrays_stand_in_the_order_of_the_c_call_without_absent_ones() -> None:
    layer = LayerConstants(shifts=BYTES, bias=WORDS, weights=BYTES)
    assert layer.names() == ("weights", "bias", "shifts")
    assert [values is BYTES for _, values in layer.arrays()] == [True, False, True]
    assert layer.size == 3 + 8 + 3


def test_an_optional_array_has_its_place_in_the_middle() -> None:
    arrays = dict.fromkeys(("heads", "taps", "offsets", "weights", "bias"), BYTES)
    assert SparseF32Constants(**arrays).names() == tuple(arrays)
    padded = SparseF32Constants(**arrays, places=WORDS)
    assert padded.names() == ("heads", "taps", "offsets", "places", "weights", "bias")


def test_a_call_without_constants_takes_no_flash() -> None:
    assert (NO_CONSTANTS.names(), NO_CONSTANTS.size) == ((), 0)
