"""Processor cores by exact name: what kernels, scratch memory and times depend on.

A record repeats what the engine's C derives from the compiler's macros (engine_core.h). Generated
headers hold the figures that codegen relied on and refuse to be compiled where the C has others.
docs/add-a-core.md shows how to add a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.errors import InputError
from harness.nearest import nearest

GENERIC = "generic"


@dataclass(frozen=True)
class Core:
    """One core; names in capitals are macros of engine_core.h."""

    name: str
    family: Literal["any", "arm", "riscv", "xtensa", "avr"]
    # Entry of cost_table.toml whose times stand for this core.
    measured_as: str
    # Command and flags that compile for it.
    compiler: tuple[str, ...] = ()
    # File of harness/profile/cycles, None where the core's maker publishes no cycle counts.
    cycle_table: str | None = None
    # DSP instructions (SMLAD, SXTB16): weights may be packed.
    dsp: bool = False
    # Helium vectors: dense int8 layers have their weights in the order of the file.
    mve: bool = False
    # float32 in hardware.
    fpu: bool = False
    # ENGINE_TAP_BYTES: bytes of one input value in a copied window.
    tap_bytes: int = 1
    # ENGINE_PIXELS: windows that are computed together.
    pixels: int = 2
    # ENGINE_PLAIN_WINDOWS: the same where weights are in the order of the file.
    plain_windows: int = 1
    # ENGINE_WINDOW_TAPS: most taps in the buffer of copied windows.
    window_taps: int = 1280
    # Most taps of all windows of a max pool that its convolution computes; <= ENGINE_POOL_TAPS.
    pool_taps: int = 1280
    # ENGINE_FLASH_PARAMS: parameters are read from flash only, and no layer reads inputs in place.
    flash_params: bool = False

    @property
    def baseline(self) -> bool:
        """True where Armv6-M's instructions are all there is: Cortex-M0, M0+ and M23."""
        return self.measured_as == "cortex-m0"

    @property
    def lanes(self) -> bool:
        """True where the windows of two pixels share words: RISC-V and Xtensa."""
        return self.family in ("riscv", "xtensa")

    @property
    def title(self) -> str:
        """The core in words, as in "code for cortex-m4f"."""
        return "any core" if self.name == GENERIC else self.name


def _arm(cpu: str, fpu: str = "") -> tuple[str, ...]:
    floats = ("-mfloat-abi=hard", f"-mfpu={fpu}") if fpu else ("-mfloat-abi=soft",)
    return ("arm-none-eabi-gcc", f"-mcpu={cpu}", "-mthumb", *floats)


def _avr(name: str, mcu: str, cycle_table: str | None = None) -> Core:
    return Core(
        name,
        "avr",
        "avr",
        ("avr-gcc", f"-mmcu={mcu}"),
        cycle_table,
        pixels=1,
        window_taps=128,
        pool_taps=128,
        flash_params=True,
    )


_SINGLE, _DOUBLE = "fpv5-sp-d16", "fpv5-d16"
# Debian packages no compiler for the other cores; the engine is the same there.
_LX106 = ("xtensa-lx106-elf-gcc", "-mlongcalls")
_RISCV = ("riscv64-unknown-elf-gcc", "-march=rv32imc", "-mabi=ilp32", "--specs=picolibc.specs")
_RISCV_F = ("riscv64-unknown-elf-gcc", "-march=rv32imafc", "-mabi=ilp32f", "--specs=picolibc.specs")
# GCC 12 does not know the M85 by name.
_M85 = ("arm-none-eabi-gcc", "-march=armv8.1-m.main+dsp+mve.fp+fp.dp", "-mthumb")

_CORES = (
    # Runs on every core: the largest scratch memory, and only what AVR's kernels can do.
    Core(GENERIC, "any", "cortex-m4f", tap_bytes=2, pool_taps=128, flash_params=True),
    # Scratch memory as on a core with DSP, so that tests of this computer cover its size.
    Core("host", "any", "cortex-m4f", ("gcc",), tap_bytes=2, pool_taps=128),
    Core("aarch64", "any", "cortex-m4f", ("aarch64-linux-gnu-gcc",), tap_bytes=2, pool_taps=128),
    Core("cortex-m0", "arm", "cortex-m0", _arm("cortex-m0"), "cortex-m0"),
    Core("cortex-m0plus", "arm", "cortex-m0", _arm("cortex-m0plus"), "cortex-m0plus"),
    Core("cortex-m3", "arm", "cortex-m3", _arm("cortex-m3"), "cortex-m3"),
    Core(
        "cortex-m4", "arm", "cortex-m4f", _arm("cortex-m4"), "cortex-m4", dsp=True, tap_bytes=2,
    ),
    Core(
        "cortex-m4f", "arm", "cortex-m4f", _arm("cortex-m4", "fpv4-sp-d16"), "cortex-m4",
        dsp=True, fpu=True, tap_bytes=2,
    ),
    Core(
        "cortex-m7", "arm", "cortex-m4f", _arm("cortex-m7", _DOUBLE), "cortex-m7",
        dsp=True, fpu=True, tap_bytes=2,
    ),
    Core("cortex-m23", "arm", "cortex-m0", _arm("cortex-m23")),
    Core(
        "cortex-m33", "arm", "cortex-m33", _arm("cortex-m33", _SINGLE),
        dsp=True, fpu=True, tap_bytes=2,
    ),
    Core("cortex-m33+nodsp+nofp", "arm", "cortex-m3", _arm("cortex-m33+nodsp+nofp")),
    Core(
        "cortex-m35p", "arm", "cortex-m33", _arm("cortex-m35p", _SINGLE),
        dsp=True, fpu=True, tap_bytes=2,
    ),
    Core(
        "cortex-m55", "arm", "cortex-m55", _arm("cortex-m55", "auto"),
        dsp=True, mve=True, fpu=True, tap_bytes=2, plain_windows=3,
    ),
    Core(
        "cortex-m85", "arm", "cortex-m55", (*_M85, "-mfloat-abi=hard"),
        dsp=True, mve=True, fpu=True, tap_bytes=2, plain_windows=3,
    ),
    Core("rv32imc", "riscv", "rv32imc", _RISCV, "rv32", tap_bytes=2),
    Core("rv32imafc", "riscv", "rv32imc", _RISCV_F, fpu=True, tap_bytes=2),
    # Only convolutions with small windows compute the max pool behind them.
    Core("xtensa-lx106", "xtensa", "xtensa", _LX106, tap_bytes=2, pool_taps=128),
    Core("xtensa-lx6", "xtensa", "xtensa", _LX106, fpu=True, tap_bytes=2, pool_taps=128),
    Core("xtensa-lx7", "xtensa", "xtensa", _LX106, fpu=True, tap_bytes=2, pool_taps=128),
    _avr("avr5", "atmega328p", "avr5"),
    _avr("avr51", "atmega1284p", "avr5"),
    _avr("avr6", "atmega2560"),
)  # fmt: skip

CORES: Mapping[str, Core] = {core.name: core for core in _CORES}


def core_named(name: str) -> Core:
    """The record of a core. Raises InputError, with the known names, where there is none."""
    core = CORES.get(name)
    if core is None:
        raise InputError(
            f"there is no core '{name}'{nearest(name, CORES)}",
            hint=f"known are {', '.join(sorted(CORES))}; docs/add-a-core.md says how to add one",
        )
    return core
