import configparser
from pathlib import Path

import pytest

from harness.boards.catalogue import check_targets, load_catalogue
from harness.errors import InputError
from harness.tflm.library import ENV_SUFFIX

ROOT = Path(__file__).parents[2]


def test_every_target_has_its_platformio_env() -> None:
    ini = configparser.ConfigParser(interpolation=None)
    ini.read(ROOT / "platformio.ini")
    envs = {name.removeprefix("env:") for name in ini.sections() if name.startswith("env:")}
    specs = load_catalogue().values()
    cameras = {spec.camera.env for spec in specs if spec.camera is not None}
    tflm = {env for env in envs if env.endswith(ENV_SUFFIX)}
    assert {spec.env for spec in specs} | cameras == envs - tflm
    assert tflm
    assert {env.removesuffix(ENV_SUFFIX) for env in tflm} <= envs


def test_figures_of_the_uno_are_the_datasheet_less_the_boot_loader() -> None:
    uno, simulated = load_catalogue()["uno"], load_catalogue()["simavr-uno"]
    assert uno.flash_bytes == simulated.flash_bytes == 32 * 1024 - 512
    assert uno.ram_bytes == simulated.ram_bytes == 2048


def test_one_instruction_is_3_2_ticks_at_shift_7() -> None:
    m4 = load_catalogue()["qemu-m4"]
    assert m4.clock_hz is not None
    assert m4.ticks_per_unit == pytest.approx(2**7 * 1e-9 * m4.clock_hz)
    assert "shift=7,align=off,sleep=on" in m4.command


def test_units_and_kinds_agree() -> None:
    units = dict.fromkeys(("hardware", "host-clock"), "us")
    units |= dict.fromkeys(("cycle-accurate", "cycle-model"), "cycles")
    for spec in load_catalogue().values():
        assert spec.latency_unit == units.get(spec.timing_kind, "instructions")
        assert (spec.ticks_per_unit is None) == (spec.latency_unit == "us")
        assert bool(spec.command) == (spec.kind != "serial")
        assert (spec.renode is None) == (spec.kind != "renode")
        assert (spec.board is None) == spec.simulated


def test_an_unknown_target_names_the_nearest() -> None:
    with pytest.raises(InputError, match=r"no target 'qemu-n4'.*did you mean qemu-m4\?"):
        check_targets(["host", "qemu-n4"])
