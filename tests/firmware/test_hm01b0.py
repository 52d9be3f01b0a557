"""The Vision Shield's driver over a stand-in of the Arduino core's Camera library."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
DRIVER = ROOT / "firmware" / "cameras" / "hm01b0.cpp"
INCLUDES = [
    f"-I{HERE / 'arduino_stub'}",
    f"-I{HERE / 'camera_stub'}",
    f"-I{ROOT / 'firmware' / 'lib' / 'port' / 'src'}",
    f"-I{ROOT / 'firmware' / 'lib' / 'vision' / 'src'}",
]
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]
SETTLING = 8


def build(folder: Path, *flags: str) -> Path:
    program = folder / "hm01b0_driver"
    checks = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    sources = [str(DRIVER), str(HERE / "hm01b0_driver.cpp")]
    command = ["g++", "-std=gnu++14", "-O1", *WARNINGS, *checks, *INCLUDES, *flags, *sources]
    subprocess.run([*command, "-o", str(program)], check=True)
    return program


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("hm01b0"))


def run(program: Path, *steps: str) -> list[str]:
    done = subprocess.run([str(program), *steps], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_it_compiles_for_the_board(tmp_path: Path) -> None:
    m7 = ["-mcpu=cortex-m7", "-mthumb", "-mfloat-abi=softfp", "-mfpu=fpv5-d16"]
    command = ["arm-none-eabi-g++", *m7, "-O2", "-std=gnu++14", *WARNINGS, *INCLUDES]
    subprocess.run([*command, "-c", str(DRIVER), "-o", str(tmp_path / "driver.o")], check=True)


def test_frames_before_the_exposure_settled_are_thrown_away(program: Path) -> None:
    assert run(program, "320x240", "grab", "grab")[1:] == [
        "1 begins 1 grabs 0",
        f"1 pixel {SETTLING + 1} after 33333 us begins 1 grabs {SETTLING + 1}",
        f"1 pixel {SETTLING + 2} after 33333 us begins 1 grabs {SETTLING + 2}",
    ]


def test_opening_again_sets_the_sensor_up_only_for_another_size(program: Path) -> None:
    said = run(program, "160x120", "160x120", "320x320", "grab")
    assert [line.split(" grabs")[0] for line in said[1:4]] == [
        "1 begins 1",
        "1 begins 1",
        "1 begins 2",
    ]
    assert said[4].startswith(f"1 pixel {SETTLING + 1}")


@pytest.mark.parametrize("size", ["640x480", "240x320", "0x0", "1x1"])
def test_a_size_that_the_sensor_has_not_is_refused(program: Path, size: str) -> None:
    assert run(program, size)[1:] == ["0 begins 0 grabs 0"]


def test_a_camera_that_is_not_there_fails_until_it_is(program: Path) -> None:
    said = run(program, "off", "320x240", "on", "320x240", "grab", "off", "grab")[1:]
    assert [line[0] for line in said] == ["0", "0", "1", "1", "1", "0", "0"]


def test_it_says_which_sensor_and_which_clock(program: Path, tmp_path: Path) -> None:
    assert run(program) == ["HM01B0 micros 1000000"]
    assert run(build(tmp_path, "-DFRAME_SOURCE_HM0360")) == ["HM0360 micros 1000000"]
