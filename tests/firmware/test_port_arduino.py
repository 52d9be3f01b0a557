"""The Arduino port of the boards whose cores cannot be built here: it compiles without a warning,
and the arithmetic that makes their 32-bit counters 64 bits wide is right."""

from __future__ import annotations

import configparser
import ctypes
import re
import subprocess
from collections import ChainMap
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from operator import attrgetter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.boards.catalogue import TargetSpec
from harness.codegen.cores import CORES, Core, core_named
from tests.chosen_targets import CATALOGUE, targets_of

ROOT = Path(__file__).resolve().parents[2]
PORT = ROOT / "firmware" / "lib" / "port" / "src"
STUB = Path(__file__).with_name("arduino_stub")
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]

# Macros of the Arduino cores by PlatformIO's platform, counters as the catalogue describes them.
MACROS = {
    "espressif32": "ARDUINO_ARCH_ESP32",
    "espressif8266": "ARDUINO_ARCH_ESP8266",
    "raspberrypi": "ARDUINO_ARCH_RP2040",
    "teensy": "__IMXRT1062__",
}
COUNTERS = {
    "DWT CYCCNT": "dwt-cyccnt",
    "CCOUNT": "ccount",
    "mpccr": "mpccr",
    "mcycle": "mcycle",
    "the 64-bit timer": "rp2040-timer",
}
# Of AVRs the port is compiled with the real Arduino core, for simavr; boards with tools of their
# own are bare metal.
BOARDS = [
    CATALOGUE[name]
    for name in targets_of("serial")
    if core_named(CATALOGUE[name].core).family != "avr" and not CATALOGUE[name].tools
]


def environment_of(name: str) -> ChainMap[str, str]:
    """Options of an env in platformio.ini, with those of the env that it extends."""
    environments = configparser.ConfigParser(interpolation=None)
    environments.read(ROOT / "platformio.ini", encoding="utf-8")
    found = environments[f"env:{name}"]
    extended = [environments[found["extends"]]] if "extends" in found else []
    platform = re.sub(
        r"\$\{([\w-]+)\.(\w+)\}",
        lambda match: environments[match[1]][match[2]],
        ChainMap(found, *extended)["platform"],
    )
    return ChainMap({"platform": platform}, found, *extended)


def defined_for(spec: TargetSpec) -> list[str]:
    """Compiler flags as PlatformIO and the Arduino core give them."""
    environment = environment_of(spec.env)
    flags = [flag for flag in environment.get("build_flags", "").split() if flag.startswith("-D")]
    platform = environment["platform"]
    flags += [f"-D{macro}" for name, macro in MACROS.items() if name in platform]
    assert spec.board is not None
    part = re.match(r"ESP32(?:-([A-Z]\d)\b)?", spec.board.mcu)
    flags += [f"-DCONFIG_IDF_TARGET_ESP32{part[1] or ''}"] if part else []
    return [*flags, f"-DF_CPU={spec.clock_hz}L", "-ffreestanding"]


def texts_of(core: Core, flags: Sequence[str], folder: Path) -> set[str]:
    """Strings in the port's assembly."""
    gcc, *machine = core.compiler
    assembly = folder / "port.s"
    command = [
        *(f"{gcc.removesuffix('gcc')}g++", *machine, *flags, "-DARDUINO=10819", "-O2"),
        *("-std=gnu++11", *WARNINGS, f"-I{STUB}", f"-I{PORT}"),
        *("-S", str(PORT / "port_arduino.cpp"), "-o", str(assembly)),
    ]
    subprocess.run(command, check=True)
    return set(re.findall(r'\.(?:ascii|string|asciz)\s+"(.*?)(?:\\000)?"', assembly.read_text()))


@pytest.mark.parametrize("spec", BOARDS, ids=lambda spec: spec.name)
def test_port_compiles_and_names_its_core_and_counter(spec: TargetSpec, tmp_path: Path) -> None:
    texts = texts_of(core_named(spec.core), defined_for(spec), tmp_path)
    assert spec.board is not None
    (counter,) = (name for start, name in COUNTERS.items() if spec.board.counter.startswith(start))
    assert {spec.core, counter} <= texts


@pytest.mark.parametrize(
    ("macro", "count", "address"),
    [
        ("ARDUINO_ARCH_ESP32", "6", "-"),
        ("ARDUINO_ARCH_ESP8266", "4", "-"),
        ("ARDUINO_PORTENTA_H7_M7", "12", "0x1FF1E800"),
        ("STM32H7xx", "12", "0x1FF1E800"),
        ("STM32F4xx", "12", "0x1FFF7A10"),
        ("ARDUINO_ARDUINO_NANO33BLE", "8", "0x10000060"),
        ("__IMXRT1062__", "8", "0x401F4410"),
        ("ARDUINO_ARCH_RP2040", "0", "-"),  # this core has no pico/unique_id.h
        ("ARDUINO_ARCH_OTHER", "0", "-"),
    ],
)
def test_chips_with_a_number_of_their_own(macro: str, count: str, address: str) -> None:
    command = ["g++", "-E", "-P", f"-D{macro}", "-x", "c++", "-include", str(PORT / "chip_id.h")]
    text = "#ifndef CHIP_ID_AT\n#define CHIP_ID_AT -\n#endif\nCHIP_ID_BYTES CHIP_ID_AT\n"
    done = subprocess.run([*command, "-"], input=text, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].split() == [count, address]


@pytest.mark.parametrize(
    ("core", "texts"),
    [("cortex-m33", {"cortex-m33", "dwt-cyccnt"}), ("cortex-m0plus", {"unknown", "micros"})],
)
def test_port_of_a_part_that_no_board_has(core: str, texts: set[str], tmp_path: Path) -> None:
    assert texts <= texts_of(core_named(core), ["-DF_CPU=133000000L"], tmp_path)


@cache
def macros_of(compiler: tuple[str, ...]) -> str:
    """All macros that a compiler defines by itself."""
    command = [*compiler, "-dM", "-E", "-x", "c", "/dev/null"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    "core", [core for core in CORES.values() if core.family == "arm"], ids=attrgetter("name")
)
def test_arm_cores_are_named_after_the_first_record_with_their_properties(core: Core) -> None:
    """The compiler does not tell all cores apart: codegen treats those alike, or their macros are
    the same."""
    command = [*core.compiler, "-E", "-P", "-x", "c", "-include", str(PORT / "core_arm.h"), "-"]
    done = subprocess.run(command, input="CORE_NAME", capture_output=True, text=True, check=True)
    alike = [
        other.name
        for other in CORES.values()
        if replace(core, name=other.name, compiler=other.compiler) == other
        or (other.family == "arm" and macros_of(other.compiler) == macros_of(core.compiler))
    ]
    assert done.stdout.strip().strip('"') == alike[0]


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
