"""The boards and simulators the harness knows, read from `boards.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.codegen.cores import core_named
from harness.errors import InputError

BOARDS_FILE = Path(__file__).with_name("boards.toml")

TimingKind = Literal["hardware", "host-clock", "cycle-accurate", "instructions"]
LatencyUnit = Literal["us", "cycles", "instructions"]

Upload = Literal[
    "avrdude", "bossac", "dfu", "esptool", "picotool", "ssh", "stlink", "teensy-loader"
]
Reset = Literal["dtr", "esp", "none"]


class BoardFacts(BaseModel):
    """What the documentation of a real board says, for its page and for recovering it.

    `upload` is the protocol that PlatformIO uses, `touch` whether opening the port at 1200 baud
    sends the board to its boot loader first. `reset`: how the serial line resets it ("dtr": a
    falling edge of DTR; "esp": RTS holds the chip's enable pin while DTR keeps GPIO0 high) or
    "none". `exercised`: what of this board's support has run here, and how. `sources`: the
    documents that the figures are from.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    mcu: str
    counter: str
    upload: Upload
    touch: bool = False
    reset: Reset = "none"
    psram_bytes: int = Field(default=0, ge=0)
    quirks: tuple[str, ...] = ()
    exercised: tuple[str, ...] = Field(min_length=1)
    sources: tuple[str, ...] = Field(min_length=1)


class RenodeMachine(BaseModel):
    """What Renode simulates: one of its own platform files, the UART that leads to the host, and
    how many million instructions its core executes in a second of virtual time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    platform: str
    uart: str
    mips: int = Field(gt=0)


class CameraFacts(BaseModel):
    """A board's camera: its sensor, the sizes "WIDTHxHEIGHT" of its frames, the first being the
    usual one, and the PlatformIO env whose images read it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sensor: str
    frames: tuple[str, ...] = Field(min_length=1)
    env: str


class ActiveCurrent(BaseModel):
    """What the part's datasheet says it draws while its core computes: mA at a supply voltage and
    clock (`at_hz`), and where that is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    active_ma: float = Field(gt=0)
    supply_v: float = Field(gt=0)
    at_hz: int = Field(gt=0)
    source: str = Field(min_length=1)


class TargetSpec(BaseModel):
    """One board or simulator. Sizes in bytes, clock in Hz.

    `counter_hz` is the rate of the port's counter, unset that of the core's clock; None of both
    where the port alone knows it. `ticks_per_unit` turns the counter's ticks into `latency_unit`;
    None means microseconds by the frequency that the device reports. `stack_reserve` is the RAM
    that must stay free of static data. `near_flash_bytes` is what constants may reach up to where
    their pointers are shorter than the flash (AVR parts of more than 64 KB); None elsewhere.
    `marker_pin`: the Arduino number of the pin that is high while energy is measured.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    kind: Literal["host", "qemu", "simavr", "serial", "linux", "renode", "espressif"]
    env: str
    core: str
    flash_bytes: int = Field(gt=0)
    ram_bytes: int = Field(gt=0)
    timing_kind: TimingKind
    latency_unit: LatencyUnit
    ticks_per_unit: float | None = None
    tools: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    baud: int = 115200
    usb: tuple[str, ...] = ()
    clock_hz: int | None = None
    counter_hz: int | None = Field(default=None, gt=0)
    stack_reserve: int = Field(default=0, ge=0)
    near_flash_bytes: int | None = Field(default=None, gt=0)
    board: BoardFacts | None = None
    camera: CameraFacts | None = None
    renode: RenodeMachine | None = None
    marker_pin: int | None = Field(default=None, ge=0)
    current: ActiveCurrent | None = None

    @property
    def ticks_hz(self) -> int | None:
        """Rate of the port's counter in Hz, None where the catalogue does not know it."""
        return self.counter_hz or self.clock_hz

    @property
    def simulated(self) -> bool:
        """Whether this target needs no hardware on the desk."""
        return self.kind not in ("serial", "linux")


@cache
def load_catalogue() -> dict[str, TargetSpec]:
    """All targets by name, in the file's order. Raises InputError where a core is unknown."""
    entries = tomllib.loads(BOARDS_FILE.read_text(encoding="utf-8"))
    specs = {name: TargetSpec(name=name, **entry) for name, entry in entries.items()}
    for name, spec in specs.items():
        try:
            core_named(spec.core)
        except InputError as error:
            where = f"{BOARDS_FILE.name}, [{name}]"
            raise InputError(error.what, where=where, hint=error.hint) from None
    return specs


def check_targets(names: Sequence[str]) -> None:
    """Raise InputError at the first name that is no target, with the nearest one that is."""
    catalogue = load_catalogue()
    for name in names:
        if name not in catalogue:
            near = get_close_matches(name, catalogue, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]}?" if near else "harness targets lists them"
            raise InputError(f"there is no target '{name}'", hint=hint)
