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

TimingKind = Literal["hardware", "host-clock", "cycle-accurate", "cycle-model", "instructions"]
LatencyUnit = Literal["us", "cycles", "instructions"]

Upload = Literal[
    "avrdude", "bossac", "dfu", "esptool", "nrfutil", "picotool", "ssh", "stlink", "teensy-loader"
]
Reset = Literal["dtr", "esp", "none"]


class BoardFacts(BaseModel):
    """Facts from the documentation of a real board, for its page and its recovery.

    `upload` is PlatformIO's protocol; `touch`: opening the port at 1200 baud starts the boot
    loader. `reset`: the serial line's reset ("dtr": a falling edge of DTR; "esp": RTS holds the
    chip's enable pin while DTR keeps GPIO0 high) or "none". `exercised`: the parts of the support
    that have run here, and how. `sources`: documents of the figures.
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
    """A machine in Renode: its platform file, the UART that leads to the host, and the million
    instructions that its core executes in a second of virtual time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    platform: str
    uart: str
    mips: int = Field(gt=0)


class CameraFacts(BaseModel):
    """A board's camera: its sensor, the sizes "WIDTHxHEIGHT" of its frames, the default first, and
    the PlatformIO env of its images."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sensor: str
    frames: tuple[str, ...] = Field(min_length=1)
    env: str


class ActiveCurrent(BaseModel):
    """Current of a computing core by the part's datasheet: mA at a supply voltage and clock
    (`at_hz`), and the place in the datasheet."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    active_ma: float = Field(gt=0)
    supply_v: float = Field(gt=0)
    at_hz: int = Field(gt=0)
    source: str = Field(min_length=1)


class TargetSpec(BaseModel):
    """One board or simulator. Sizes in bytes, clock in Hz.

    `counter_hz`: rate of the port's counter, by default that of the core's clock; both unset where
    only the device knows it. `ticks_per_unit`: counter ticks in one `latency_unit`; unset, latency
    is in microseconds by the reported frequency. `stack_reserve`: RAM kept free of static data.
    `near_flash_bytes`: reach of constants whose pointers are shorter than the flash (AVR parts of
    more than 64 KB), else None. `marker_pin`: Arduino number of the pin that is high while energy
    is measured.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    kind: Literal[
        "host", "qemu", "simavr", "rp2040js", "serial", "linux", "renode", "espressif", "esp-emu"
    ]
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
        """Rate of the port's counter in Hz, None where the catalogue does not have it."""
        return self.counter_hz or self.clock_hz

    @property
    def simulated(self) -> bool:
        """True for targets that need no hardware."""
        return self.kind not in ("serial", "linux")

    @property
    def timed_by_host(self) -> bool:
        """True where the counter follows real time, so that the host's clock bounds it."""
        return self.kind in ("serial", "linux", "host")


@cache
def load_catalogue() -> dict[str, TargetSpec]:
    """Return all targets by name, in the file's order. Raises InputError for an unknown core."""
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
    """Raise InputError at the first name that is not a target, with the nearest one that is."""
    catalogue = load_catalogue()
    for name in names:
        if name not in catalogue:
            near = get_close_matches(name, catalogue, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]}?" if near else "harness targets lists them"
            raise InputError(f"there is no target '{name}'", hint=hint)
