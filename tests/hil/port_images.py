"""Firmware of the ports in tests/hil/ports_image: built, started, and the facts its HELLO names."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import serial

from harness.boards.catalogue import TargetSpec
from harness.firmware.builder import FirmwareBuilder
from harness.project import Project
from harness.setup.native import AVR_RUNNER, PICO_RUNNER, build
from harness.setup.pico import install_pico
from harness.setup.pio_core import make_core
from tests.hil.port_client import Client
from tests.source_files import ROOT

PLATFORM_BOARDS = ROOT / "firmware" / "platforms" / "mcu_sim" / "boards"
PORT = ROOT / "firmware" / "lib" / "port" / "src"
MODELS = Path(__file__).with_name("ports_image")
EMPTY = ROOT / "firmware" / "empty"
ANSWER_S = 20.0
# QEMU drops what comes before this part's UART is on; the others keep it.
DEAF_AT_FIRST = {"qemu-stm32f405"}


def prepare_simulators() -> None:
    """Do what `harness setup` does."""
    make_core(ROOT / ".platformio")
    for tool in (AVR_RUNNER, PICO_RUNNER):
        build(tool, ROOT)
    install_pico(ROOT)


class Builds:
    """Images of folders of generated files, each built once."""

    def __init__(self, project: Project) -> None:
        prepare_simulators()
        self._builder = FirmwareBuilder(project)

    def __call__(self, spec: TargetSpec, image: Path) -> Path:
        """The program that runs the models of the folder `image`."""
        files = {path.name: path.read_text(encoding="utf-8") for path in image.iterdir()}
        return self._builder.build_files(spec, lambda _: files, ()).elf


def await_pty(log: Path, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + ANSWER_S
    while time.monotonic() < end:
        words = log.read_text().split()
        devices = [word for word in words if word.startswith("/dev/")]
        if devices and log.read_text().endswith("\n"):
            return devices[0]
        assert process.poll() is None, log.read_text()
        time.sleep(0.005)
    raise AssertionError(f"no pty named within {ANSWER_S} s: {log.read_text()!r}")


def await_end(pid: int) -> None:
    end = time.monotonic() + ANSWER_S
    while time.monotonic() < end:
        status = Path(f"/proc/{pid}/stat")
        try:
            if status.read_text().rpartition(")")[2].split()[0] == "Z":
                return
        except (FileNotFoundError, ProcessLookupError):
            return
        time.sleep(0.005)
    raise AssertionError(f"process {pid} still lives")


def command_of(spec: TargetSpec, elf: Path) -> list[str]:
    program, *rest = (word.format(elf=elf) for word in spec.command)
    return [shutil.which(program) or str(ROOT / ".tools" / program), *rest]


@contextmanager
def running(spec: TargetSpec, elf: Path, log: Path, extra: Sequence[str] = ()) -> Iterator[Client]:
    program, *rest = command_of(spec, elf)
    with log.open("wb") as output:
        process = subprocess.Popen([program, *extra, *rest], stdin=subprocess.PIPE, stdout=output)
    try:
        with serial.Serial(await_pty(log, process), 115200, timeout=0.05) as line:
            client = Client(line)
            if spec.name in DEAF_AT_FIRST:
                client.wake()
            yield client
    finally:
        process.kill()
        process.wait()


def cost_of_turn(spec: TargetSpec) -> int:
    """Cycles or instructions of one turn of the burning loop."""
    return {"simavr": 6, "rp2040js": 3}.get(spec.kind, 2)


def units(spec: TargetSpec, ticks: int) -> int:
    """Cycles or instructions of so many ticks of the counter."""
    assert spec.ticks_per_unit is not None
    return round(ticks / spec.ticks_per_unit)


def counter_name(spec: TargetSpec) -> str:
    """The name in the source file that the target's board definition selects."""
    environments = configparser.ConfigParser(interpolation=None)
    environments.read(ROOT / "platformio.ini", encoding="utf-8")
    board = PLATFORM_BOARDS / f"{environments[f'env:{spec.env}']['board']}.json"
    build = json.loads(board.read_text(encoding="utf-8"))["build"]
    defined = re.findall(r"-D(\w+)", build["extra_flags"])
    if "arduino" in build.get("core", ""):
        return _quoted(PORT / "counter_avr.h", r"#define COUNTER_NAME")
    source = next(
        path
        for path in sorted(PORT.glob("port_*.c"))
        if re.search(r"^#if defined\((\w+)\)", path.read_text(), re.MULTILINE)[1] in defined
    )
    return _quoted(source, r"port_counter_name\(void\)\s*\{\s*return")


def _quoted(path: Path, before: str) -> str:
    match = re.search(before + r'\s+"(.+?)"', path.read_text(encoding="utf-8"))
    assert match, path
    return match[1]


def counter_hz(spec: TargetSpec) -> int:
    """Ticks a second: of QEMU's virtual time, in which an instruction takes 2^shift ns."""
    assert spec.ticks_per_unit is not None or spec.kind == "host"
    if spec.ticks_per_unit is None:
        return 1_000_000_000
    if spec.clock_hz and spec.latency_unit == "cycles":
        return round(spec.clock_hz * spec.ticks_per_unit)
    shift = re.search(r"shift=(\d+)", " ".join(spec.command))
    assert shift, spec.command
    return round(spec.ticks_per_unit * 1e9 / 2 ** int(shift[1]))


def clock_hz(spec: TargetSpec) -> int:
    """The part's clock; virtual time's where it has none, 0 on this computer."""
    return spec.clock_hz or (0 if spec.kind == "host" else 1_000_000_000)


def greatest_payload(spec: TargetSpec) -> int:
    """PORT_MAX_PAYLOAD."""
    if spec.kind != "simavr":
        return 1024
    return 96 if spec.ram_bytes < 4096 else 256
