"""Requirements of targets and training: programs, C libraries, packages, and their providers."""

from __future__ import annotations

from harness.boards.catalogue import TargetSpec
from harness.boards.requirement import (
    Emulator,
    Library,
    Package,
    Program,
    PythonPackage,
    Requirement,
)

OTHER = "other tools"
GROUPS = ("build", "compilers", "simulators", "uploaders", OTHER, "training", "provenance")
PLATFORMIO = (
    Program("build", "pio"),
    Package("build", "tool-scons", manifest=".platformio/packages/tool-scons/package.json"),
)
ARDUINO_AVR = Package(
    "build",
    "arduino-core-avr",
    ("arduino-core-avr",),
    manifest="/usr/share/arduino/hardware/arduino/avr/platform.txt",
)
RP2040JS = ".tools/rp2040js/node_modules/rp2040js"
ESPRESSIF = (
    "get it with ESP-IDF (`idf_tools.py install qemu-xtensa qemu-riscv32`) or from "
    "https://github.com/espressif/qemu/releases and put it on PATH"
)
# Homebrew's names. It has no GCC for RISC-V with picolibc, for lx106, and for 64-bit Linux.
ARM = ("--cask gcc-arm-embedded",)
AVR = ("osx-cross/avr/avr-gcc",)
QEMU = ("qemu",)
TRAIN = "pip install 'tinyml-harness[train]'; in a checkout: make setup"
PROGRAMS: dict[str, Requirement] = {
    program.name: program
    for program in (
        Program("compilers", "gcc", ("gcc",)),
        Program("compilers", "g++", ("g++",)),
        Program("compilers", "arm-none-eabi-gcc", ("gcc-arm-none-eabi",), brew=ARM),
        Program("compilers", "riscv64-unknown-elf-gcc", ("gcc-riscv64-unknown-elf",)),
        Program("compilers", "xtensa-lx106-elf-gcc", ("gcc-xtensa-lx106",)),
        Program("compilers", "aarch64-linux-gnu-g++", ("g++-aarch64-linux-gnu",)),
        Program("compilers", "avr-gcc", ("gcc-avr", "binutils-avr"), brew=AVR),
        Program("simulators", "qemu-system-arm", ("qemu-system-arm",), brew=QEMU),
        Program("simulators", "qemu-system-riscv32", ("qemu-system-misc",), brew=QEMU),
        Program("simulators", "qemu-system-xtensa", ("qemu-system-misc",), brew=QEMU),
        Program("simulators", "harness-avr-runner", exit_code=2),  # it has no such option
        Program("simulators", "harness-pico-runner", exit_code=2),  # nor does this one
        Program("simulators", "node", ("nodejs", "npm"), brew=("node",)),
        Package("simulators", "rp2040js", manifest=f"{RP2040JS}/package.json"),
        Program(
            "uploaders",
            "nrfutil",
            advice="get it from https://www.nordicsemi.com/Products/Development-tools/nRF-Util",
        ),
        Program(
            "simulators",
            "renode",
            advice="get Renode's portable release from https://renode.io and put it on PATH",
        ),
        Program(
            "simulators",
            "esp-emu",
            advice="get it with install.sh of https://github.com/espressif/esp-emulator",
        ),
        Emulator(
            "simulators",
            "Espressif's qemu-system-xtensa",
            advice=ESPRESSIF,
            program="qemu-system-xtensa",
            machine="esp32",
        ),
        Emulator(
            "simulators",
            "Espressif's qemu-system-riscv32",
            advice=ESPRESSIF,
            program="qemu-system-riscv32",
            machine="esp32c3",
        ),
    )
}
LIBRARIES = {
    library.compiler: library
    for library in (
        Library("compilers", "libc", ("libc6-dev",), compiler="gcc", file="crt1.o"),
        Library(
            "compilers",
            "newlib",
            ("libnewlib-arm-none-eabi",),
            compiler="arm-none-eabi-gcc",
            file="libc.a",
            brew=ARM,
        ),
        Library(
            "compilers",
            "picolibc",
            ("picolibc-riscv64-unknown-elf",),
            compiler="riscv64-unknown-elf-gcc",
            file="picolibc.specs",
        ),
        Library(
            "compilers",
            "picolibc-xtensa",
            ("picolibc-xtensa-lx106-elf",),
            compiler="xtensa-lx106-elf-gcc",
            file="../../../xtensa-lx106-elf/picolibc.specs",  # beside the compiler's own folder
        ),
        Library(
            "compilers", "avr-libc", ("avr-libc",), compiler="avr-gcc", file="libc.a", brew=AVR
        ),
    )
}
FOR_NO_TARGET = (
    *(
        PythonPackage("training", name, module=name.replace("-", "_"), advice=TRAIN)
        for name in ("tensorflow", "tf-keras", "tensorflow-model-optimization")
    ),
    Program("provenance", "git", ("git",), brew=("git",)),
)


def requirements_of(spec: TargetSpec) -> tuple[Requirement, ...]:
    """Return all that building for the target and running it needs on this machine."""
    tools: list[Requirement] = []
    for name in spec.tools:
        tools.append(PROGRAMS.get(name) or Program(OTHER, name))
        if name in LIBRARIES:
            tools.append(LIBRARIES[name])
    return (*PLATFORMIO, *tools, *((ARDUINO_AVR,) if spec.kind == "simavr" else ()))
