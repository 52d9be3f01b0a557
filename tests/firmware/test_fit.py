from dataclasses import replace
from pathlib import Path

import pytest

from harness.boards.catalogue import load_catalogue
from harness.codegen import compile_model
from harness.errors import DoesNotFit
from harness.firmware.fit import check_needs
from harness.firmware.footprint import Footprint

UNO = load_catalogue()["simavr-uno"]
MODEL = Path(__file__).parents[1] / "data" / "digits_int8.tflite"


def test_needs_are_compared_with_their_figures() -> None:
    fits = replace(
        compile_model(MODEL.read_bytes(), "digits"), const_bytes=32_256, arena_bytes=1536
    )
    check_needs(UNO, fits)
    with pytest.raises(DoesNotFit) as flash:
        check_needs(UNO, replace(fits, const_bytes=32_257))
    assert str(flash.value) == (
        "weights and tables alone need 32,257 B of flash, simavr-uno has 32,256 B"
    )
    with pytest.raises(DoesNotFit) as ram:
        check_needs(UNO, replace(fits, arena_bytes=1537))
    assert str(ram.value) == (
        "the arena needs 1,537 B of RAM beside 512 B of stack, simavr-uno has 2,048 B"
    )


def test_the_firmware_counts_where_it_is_known() -> None:
    compiled = compile_model(MODEL.read_bytes(), "digits")
    small = replace(compiled, const_bytes=30_000, arena_bytes=1500)
    with pytest.raises(DoesNotFit, match="flash beside 3,000 B of firmware"):
        check_needs(UNO, small, Footprint(3_000, 0))
    with pytest.raises(DoesNotFit, match="beside 300 B of firmware and 512 B of stack"):
        check_needs(UNO, small, Footprint(2_000, 300))
