"""The Arduino port of a real Pico (env `pico`) in rp2040js, through the protocol's tests.

A stand-in gives the port what it uses of an Arduino core; the application, the port and its counter
are those of the board.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.boards.catalogue import TargetSpec
from harness.codegen.cores import core_named
from tests.chosen_targets import CATALOGUE, targets_of
from tests.hil.port_client import Client
from tests.hil.port_images import MODELS, PLATFORM_BOARDS, PORT, Builds, running
from tests.hil.test_ports import (
    test_broken_frame_is_reported_and_the_next_one_answered,
    test_bytes_arrive_whole_at_full_speed,
    test_incomplete_samples_do_not_run,
    test_input_run_output,
    test_model_table,
    test_wrong_requests,
)
from tests.source_files import ROOT

pytestmark = pytest.mark.hil
__all__ = [
    "test_broken_frame_is_reported_and_the_next_one_answered",
    "test_bytes_arrive_whole_at_full_speed",
    "test_incomplete_samples_do_not_run",
    "test_input_run_output",
    "test_model_table",
    "test_wrong_requests",
]
HERE = Path(__file__).parent
CORE_STAND_IN = HERE / "pico_arduino_core.cpp"
STUB = HERE.parent / "firmware" / "arduino_stub"
LIB = ROOT / "firmware" / "lib"
SCRIPTS = PLATFORM_BOARDS.with_name("ldscripts")
SIMULATED_HZ = 125_000_000


def build_image(spec: TargetSpec, folder: Path) -> Path:
    """The image with the models of `ports_image`, compiled as the board's env does."""
    gcc, *machine = core_named(spec.core).compiler
    includes = [MODELS, STUB, PORT, LIB / "link/src", LIB / "engine/src", ROOT / "firmware/src"]
    flags = [*machine, "-O2", "-ffunction-sections", "-fdata-sections"]
    flags += [f"-I{path}" for path in includes]
    flags += ["-DARDUINO=10819", "-DARDUINO_ARCH_RP2040", f"-DF_CPU={spec.clock_hz}L"]
    sources = [*(ROOT / "firmware/src").glob("*.c"), *(LIB / "link/src").glob("*.c")]
    objects = []
    for source in [*sources, PORT / "port_arduino.cpp", CORE_STAND_IN]:
        compiler = gcc if source.suffix == ".c" else f"{gcc.removesuffix('gcc')}g++"
        language = ["-std=gnu99"] if source.suffix == ".c" else ["-std=gnu++17", "-fno-exceptions"]
        objects.append(folder / f"{source.stem}.o")
        command = [compiler, *flags, *language, "-c", str(source), "-o", str(objects[-1])]
        subprocess.run(command, check=True)
    elf = folder / "firmware.elf"
    link = ["-nostartfiles", "-Wl,--gc-sections", f"-L{SCRIPTS}", "-T", "rp2040.ld"]
    subprocess.run([gcc, *machine, *link, *map(str, objects), "-o", str(elf)], check=True)
    return elf


@pytest.fixture(scope="module")
def client(build: Builds, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    del build  # it has set the simulators up
    folder = tmp_path_factory.mktemp("pico")
    (simulated,) = targets_of("rp2040js")
    elf = build_image(CATALOGUE["pico"], folder)
    with running(CATALOGUE[simulated], elf, folder / "log") as client:
        yield client


def test_hello_is_that_of_the_board(client: Client) -> None:
    hello = client.hello()
    pico = CATALOGUE["pico"]
    assert (hello["core"], hello["counter"]) == (pico.core, "rp2040-timer")
    assert hello["counter_hz"] == pico.counter_hz
    assert (hello["models"], hello["arena"]) == (3, 400)


def test_microseconds_are_those_of_the_cycles(client: Client) -> None:
    """Three cycles a turn; the timer's steps are 1 µs."""
    short, long = client.burn(1000), client.burn(2_501_000)
    assert abs(long - short - 2_500_000 * 3 * 1_000_000 / SIMULATED_HZ) <= 1
