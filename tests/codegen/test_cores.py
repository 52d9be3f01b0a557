from pathlib import Path

import pytest

from harness.boards import catalogue
from harness.boards.catalogue import load_catalogue
from harness.codegen import compile_model
from harness.codegen.cores import CORES, GENERIC, Core, core_named
from harness.errors import InputError
from tests.chosen_targets import cores_where

DATA = Path(__file__).resolve().parents[1] / "data"
DIGITS = (DATA / "digits_int8.tflite").read_bytes()


def test_a_core_is_found_by_its_whole_name_only() -> None:
    assert core_named("cortex-m33").dsp
    assert not core_named("cortex-m3").dsp
    assert core_named("cortex-m33").tap_bytes == 2 * core_named("cortex-m3").tap_bytes


@pytest.mark.parametrize("name", ["cortex-m34", "cortex-m", "cortex-m4fx", "avr", ""])
def test_an_unknown_core_names_the_known_ones(name: str) -> None:
    with pytest.raises(InputError, match=f"there is no core '{name}'") as error:
        compile_model(DIGITS, "m", core=name)
    assert error.value.exit_code == 2
    assert all(known in error.value.hint for known in CORES)


def test_the_nearest_core_is_named() -> None:
    with pytest.raises(InputError, match=r"no core 'cortex-m35' \(did you mean 'cortex-m35p'\?\)"):
        core_named("cortex-m35")


def test_a_board_with_an_unknown_core_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = catalogue.BOARDS_FILE.read_text(encoding="utf-8")
    boards = tmp_path / "boards.toml"
    boards.write_text(text.replace('core = "cortex-m3"', 'core = "cortex-m34"'), encoding="utf-8")
    monkeypatch.setattr(catalogue, "BOARDS_FILE", boards)
    with pytest.raises(
        InputError, match=r"boards.toml, \[qemu-m3\]: there is no core 'cortex-m34'"
    ):
        load_catalogue.__wrapped__()


def test_generic_code_takes_no_more_than_any_core_has_and_no_less_than_one_needs() -> None:
    generic, others = CORES[GENERIC], CORES.values()
    assert generic.tap_bytes == max(core.tap_bytes for core in others)
    assert generic.pixels == max(core.pixels for core in others)
    assert generic.window_taps == max(core.window_taps for core in others)
    assert generic.pool_taps == min(core.pool_taps for core in others)
    assert generic.flash_params
    assert not generic.dsp
    assert not generic.mve


def like(core: Core) -> str:
    """The first Arm core whose instructions codegen uses alike."""
    return cores_where(
        lambda other: (other.family, other.dsp, other.mve) == ("arm", core.dsp, core.mve)
    )[0]


@pytest.mark.parametrize(
    "core", [core for core in CORES.values() if core.family == "arm"], ids=lambda core: core.name
)
def test_arm_cores_need_the_memory_of_their_like(core: Core) -> None:
    """Regression: a Cortex-M33 had the scratch memory of a Cortex-M3, half of what it needs."""
    for name in ("digits_int8", "resnet_int8", "dscnn_int8"):
        data = (DATA / f"{name}.tflite").read_bytes()
        needed, wanted = (
            [call.scratch_bytes for call in compile_model(data, "m", core=each).calls]
            for each in (core.name, like(core))
        )
        assert needed == wanted
