"""The firmware's includes: they form no circle, and every header compiles alone."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from harness.codegen.cores import CORES, Core

LIB = Path(__file__).resolve().parents[2] / "firmware" / "lib"
ENGINE = LIB / "engine" / "src"
PORT = LIB / "port" / "src"
STUB = Path(__file__).with_name("arduino_stub")
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Werror", "-Wno-unused-function"]
COMPILED = [core for core in CORES.values() if core.compiler]

# Headers of the engine for some cores only, by the end of their names.
PARTS = {
    "_avr": lambda core: core.family == "avr",
    "_mve": lambda core: core.mve,
    "_dsp": lambda core: core.dsp,
    "_armv7m": lambda core: core.name in ("cortex-m3", "cortex-m33+nodsp+nofp"),
    "_armv6m": lambda core: core.baseline,
    "_lanes": lambda core: core.lanes,
    "_portable": lambda core: core.tap_bytes == 1,  # else functions of the core have to come before
}

# What a port's header is for: a compiler, and the macros that its first comment asks for.
M7 = ("arm-none-eabi-g++", "-mcpu=cortex-m7", "-mfloat-abi=hard", "-mfpu=fpv5-d16")
UART = ("UART_BASE=0x40004000u", "UART_IRQS=1u", "UART_ENABLE_IRQ=port", "UART_UNPEND_IRQ=port")
ARM = ("arm-none-eabi-gcc", "-mcpu=cortex-m4")
PORTS = {
    "arduino_core.h": ("g++",),
    "counter_arduino.h": M7,
    "counter_avr.h": ("avr-g++", "-mmcu=atmega328p", "-DF_CPU=16000000L"),
    "counter_dwt.h": M7,
    "counter_esp32.h": ("xtensa-lx106-elf-g++", "-ffreestanding"),
    "counter_esp8266.h": ("xtensa-lx106-elf-g++", "-ffreestanding"),
    "counter_hazard3.h": (
        "riscv64-unknown-elf-g++",
        "-march=rv32imc",
        "-mabi=ilp32",
        "-ffreestanding",
    ),
    "counter_micros.h": ("g++",),
    "counter_rp2040.h": ("arm-none-eabi-g++", "-mcpu=cortex-m0plus", "-DF_CPU=133000000L"),
    "uart_cmsdk.h": (*ARM, "-Dport=(*(volatile unsigned *)4)", *(f"-D{each}" for each in UART)),
    "uart_nrf52.h": ARM,
    "uart_stm32.h": (*ARM, "-DUSART_BASE=0x40004400u"),
}


def unit(path: Path) -> str:
    """A header and the source of the same name are one unit."""
    return path.relative_to(LIB).with_suffix("").as_posix()


def included(path: Path) -> Iterator[Path]:
    """Files of the firmware's libraries that a file includes."""
    for name in re.findall(r'^\s*#\s*include "([^"]+)"', path.read_text(), re.MULTILINE):
        folders = [path.parent, *sorted(LIB.glob("*/src"))]
        found = [folder / name for folder in folders if (folder / name).is_file()]
        if found:
            yield found[0].resolve()


def graph(root: Path) -> dict[str, set[str]]:
    """Units, each with the others that it includes."""
    units: dict[str, set[str]] = {}
    for path in sorted([*root.rglob("*.h"), *root.rglob("*.c"), *root.rglob("*.cpp")]):
        others = {unit(each) for each in included(path)} - {unit(path)}
        units.setdefault(unit(path), set()).update(others)
    return units


def test_includes_form_no_circle() -> None:
    units = graph(LIB)
    assert "engine/src/core/engine_blocks_s8" in units["engine/src/core/engine_dot_portable"]
    order = list(TopologicalSorter(units).static_order())
    assert order.index("engine/src/engine_window") < order.index("engine/src/engine")


def test_a_circle_is_found() -> None:
    units = graph(LIB)
    units["engine/src/core/engine_blocks_s8"].add("engine/src/core/engine_filters_s8")
    with pytest.raises(CycleError, match="engine_filters_s8"):
        list(TopologicalSorter(units).static_order())


def fits(header: Path, core: Core) -> bool:
    """Whether the engine uses a header on a core."""
    parts = [of for end, of in PARTS.items() if header.stem.endswith(end)]
    return all(of(core) for of in parts)


@pytest.mark.parametrize("core", COMPILED, ids=lambda core: core.name)
def test_headers_of_the_engine_compile_alone(core: Core) -> None:
    headers = [path for path in sorted(ENGINE.rglob("*.h")) if fits(path, core)]
    assert len(headers) > 40
    compiles([*core.compiler, "-std=c99", f"-I{ENGINE}", "-x", "c", *map(str, headers)])


def test_each_part_of_the_engine_is_compiled_for_a_core() -> None:
    for end, of in PARTS.items():
        assert list(ENGINE.rglob(f"*{end}.h")), end
        assert any(of(core) for core in COMPILED), end


OTHERS = sorted(path for path in LIB.rglob("*.h") if ENGINE not in path.parents)


@pytest.mark.parametrize("header", OTHERS, ids=lambda path: path.name)
def test_headers_of_other_libraries_compile_alone(header: Path) -> None:
    command = [*PORTS.get(header.name, ("gcc",)), f"-I{header.parent}", f"-I{STUB}"]
    if "g++" in command[0]:
        compiles([*command, "-std=gnu++11", "-DARDUINO=10819", "-x", "c++", str(header)])
    else:
        compiles([*command, "-std=c99", "-x", "c", str(header)])


def test_every_port_header_in_the_table_is_there() -> None:
    assert PORTS.keys() <= {path.name for path in PORT.glob("*.h")}


def compiles(command: list[str]) -> None:
    done = subprocess.run(
        [*command, *WARNINGS, "-fsyntax-only"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
