"""The Arduino port of the boards whose cores cannot be built here: it compiles without a warning,
and the arithmetic that makes their 32-bit counters 64 bits wide is right."""

from __future__ import annotations

import ctypes
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codegen.cores import CORES, Core

ROOT = Path(__file__).resolve().parents[2]
PORT = ROOT / "firmware" / "lib" / "port" / "src"
STUB = Path(__file__).with_name("arduino_stub")
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]

M4 = CORES["cortex-m4f"].compiler[1:]
M7 = CORES["cortex-m7"].compiler[1:]
M33 = CORES["cortex-m33"].compiler[1:]
M0 = [*CORES["cortex-m0plus"].compiler[1:], "-DF_CPU=133000000L"]
RISCV = ["-march=rv32imc", "-mabi=ilp32"]

FAMILIES = {
    "nano33ble": ("arm-none-eabi-g++", M4, "cortex-m4f", "dwt-cyccnt"),
    "portenta": ("arm-none-eabi-g++", M7, "cortex-m7", "dwt-cyccnt"),
    "portenta m4": (
        "arm-none-eabi-g++",
        [*M4, "-DPORT_SERIAL=Serial1"],
        "cortex-m4f",
        "dwt-cyccnt",
    ),
    "teensy41": ("arm-none-eabi-g++", [*M7, "-D__IMXRT1062__"], "cortex-m7", "dwt-cyccnt"),
    "m33": ("arm-none-eabi-g++", M33, "cortex-m33", "dwt-cyccnt"),  # no board of the catalogue yet
    "pico": ("arm-none-eabi-g++", [*M0, "-DARDUINO_ARCH_RP2040"], "cortex-m0plus", "rp2040-timer"),
    "other": ("arm-none-eabi-g++", M0, "unknown", "micros"),
    "esp32-c3": (
        "riscv64-unknown-elf-g++",
        [*RISCV, "-DARDUINO_ARCH_ESP32", "-DCONFIG_IDF_TARGET_ESP32C3", "-ffreestanding"],
        "rv32imc",
        "mpccr",
    ),
    "esp32": (
        "xtensa-lx106-elf-g++",
        ["-DARDUINO_ARCH_ESP32", "-DCONFIG_IDF_TARGET_ESP32", "-ffreestanding"],
        "xtensa-lx6",
        "ccount",
    ),
    "esp32-s3": (
        "xtensa-lx106-elf-g++",
        ["-DARDUINO_ARCH_ESP32", "-DCONFIG_IDF_TARGET_ESP32S3", "-ffreestanding"],
        "xtensa-lx7",
        "ccount",
    ),
    "esp8266": (
        "xtensa-lx106-elf-g++",
        ["-DARDUINO_ARCH_ESP8266", "-ffreestanding", "-mlongcalls"],
        "xtensa-lx106",
        "ccount",
    ),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_port_compiles_and_names_its_counter(family: str, tmp_path: Path) -> None:
    compiler, flags, core, counter = FAMILIES[family]
    command = [compiler, *flags, "-DARDUINO=10819", "-O2", "-std=gnu++11", *WARNINGS]
    source = str(PORT / "port_arduino.cpp")
    includes = [f"-I{STUB}", f"-I{PORT}"]
    assembly = tmp_path / "port.s"
    subprocess.run([*command, *includes, "-S", source, "-o", str(assembly)], check=True)
    texts = set(re.findall(r'\.(?:ascii|string|asciz)\s+"(.*?)(?:\\000)?"', assembly.read_text()))
    assert {core, counter} <= texts


@pytest.mark.parametrize("core", [core for core in CORES.values() if core.family == "arm"])
def test_arm_cores_are_named_after_a_record_with_their_properties(core: Core) -> None:
    """The compiler does not tell all cores apart, but codegen treats those alike."""
    command = [*core.compiler, "-E", "-P", "-x", "c", "-include", str(PORT / "core_arm.h"), "-"]
    done = subprocess.run(command, input="CORE_NAME", capture_output=True, text=True, check=True)
    named = CORES[done.stdout.strip().strip('"')]
    alike = {"m0plus": "cortex-m0", "m35p": "cortex-m33", "m85": "cortex-m55"}
    assert named.name == alike.get(core.name.removeprefix("cortex-"), core.name)
    same = replace(core, name=named.name, compiler=named.compiler)
    assert same == named


@pytest.fixture(scope="module")
def unwrap(tmp_path_factory: pytest.TempPathFactory) -> ctypes._NamedFuncPointer:
    folder = tmp_path_factory.mktemp("wrap")
    source = folder / "wrap.c"
    source.write_text(
        '#include "counter_wrap.h"\n'
        "uint64_t unwrap(uint32_t cycles, uint32_t us, uint32_t hz)\n"
        "{\n    return counter_unwrap(cycles, us, hz);\n}\n"
    )
    library = folder / "wrap.so"
    command = ["gcc", "-shared", "-fPIC", f"-I{PORT}", *WARNINGS, str(source), "-o", str(library)]
    subprocess.run(command, check=True)
    function = ctypes.CDLL(str(library)).unwrap
    function.argtypes = [ctypes.c_uint32] * 3
    function.restype = ctypes.c_uint64
    return function


@given(
    cycles=st.integers(0, 2**32 * 100),
    hz=st.sampled_from([64_000_000, 160_000_000, 240_000_000, 480_000_000]),
    jitter=st.integers(-1000, 1000),
)
def test_unwrap(unwrap: ctypes._NamedFuncPointer, cycles: int, hz: int, jitter: int) -> None:
    microseconds = max(0, cycles // (hz // 1_000_000) + jitter) % 2**32
    if cycles // (hz // 1_000_000) + 1000 < 2**32:
        assert unwrap(cycles % 2**32, microseconds, hz) == cycles
