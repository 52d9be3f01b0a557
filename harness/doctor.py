"""Which of the programs that the harness calls are here, and how to get those that are not.

A requirement knows where its thing is to be found, what version it has and what provides it;
`requirements_of` says what a target needs. Nothing here builds, downloads or prints.
"""

from __future__ import annotations

import grp
import json
import os
import re
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from harness.errors import ToolMissing
from harness.targets.catalogue import TargetSpec

OTHER = "other tools"
GROUPS = ("build", "compilers", "simulators", OTHER, "training", "provenance")
TIMEOUT_S = 5.0
VERSION = re.compile(r"\d+\.\d+[\w.+-]*")
IN_BRACKETS = re.compile(r"\([^()]*\)")
VERSION_KEY = re.compile(r"^version\s*=\s*(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class Check:
    """One finding. `remedy` is empty where nothing is to be done; `targets` need this thing.

    `optional`: set-up does not install it, and all else works without.
    """

    group: str
    name: str
    found: bool
    version: str = ""
    remedy: str = ""
    targets: tuple[str, ...] = ()
    optional: bool = False


class DoesNotRun(Exception):
    """A program is there, but broken; the text says how."""


def find_tool(name: str, project_root: Path) -> Path | None:
    """Absolute path of a program: from `.tools`, beside the running Python, or on PATH."""
    folders = [str(project_root / ".tools"), str(Path(sys.executable).parent)]
    search = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])
    found = shutil.which(name, path=search)
    return Path(found).absolute() if found else None


@dataclass(frozen=True)
class Requirement(ABC):
    """Something the harness needs; without Debian `packages`, `make setup` provides it.

    `advice` says how to get what neither has; that is optional.
    """

    group: str
    name: str
    packages: tuple[str, ...] = ()
    advice: str = field(default="", kw_only=True)

    @abstractmethod
    def locate(self, root: Path) -> Path | None:
        """Where it is, or None."""

    @abstractmethod
    def version(self, path: Path) -> str:
        """Its version, empty if it tells none. Raises DoesNotRun."""


@dataclass(frozen=True)
class Program(Requirement):
    """A program; a healthy one answers `--version` with `exit_code`."""

    exit_code: int = field(default=0, kw_only=True)

    def locate(self, root: Path) -> Path | None:
        """See find_tool."""
        return find_tool(self.name, root)

    def version(self, path: Path) -> str:
        """The first version number it prints outside brackets."""
        said = IN_BRACKETS.sub("", _output([str(path), "--version"], self.exit_code))
        number = VERSION.search(said)
        return number[0] if number else ""


@dataclass(frozen=True)
class Emulator(Requirement):
    """A QEMU with `machine`, which Debian's of the same name lacks: on PATH, or in the packages of
    PlatformIO or ESP-IDF."""

    program: str = field(kw_only=True)
    machine: str = field(kw_only=True)

    def locate(self, root: Path) -> Path | None:
        """The first one that lists the machine."""
        return next((path for path in self._candidates(root) if self._runs(path)), None)

    def version(self, path: Path) -> str:
        """As Program.version."""
        return Program(self.group, self.program).version(path)

    def _candidates(self, root: Path) -> Iterator[Path]:
        for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
            found = shutil.which(self.program, path=folder)
            if found:
                yield Path(found).absolute()
        for packages in (root / ".platformio" / "packages", Path.home() / ".platformio/packages"):
            yield from sorted(packages.glob(f"tool-qemu-*/**/bin/{self.program}"))
        tools = Path.home() / ".espressif" / "tools"
        yield from sorted(tools.glob(f"qemu-*/*/qemu/bin/{self.program}"))

    def _runs(self, path: Path) -> bool:
        with suppress(DoesNotRun):
            listed = _output([str(path), "-machine", "help"]).splitlines()
            return any(line.split()[:1] == [self.machine] for line in listed)
        return False


@dataclass(frozen=True)
class Library(Requirement):
    """A file that `compiler` finds by itself when its C library is installed."""

    compiler: str = field(kw_only=True)
    file: str = field(kw_only=True)

    def locate(self, root: Path) -> Path | None:
        """A compiler answers with the bare name for a file that it does not have."""
        compiler = find_tool(self.compiler, root)
        if compiler is None:
            return None
        try:
            said = _output([str(compiler), f"-print-file-name={self.file}"]).strip()
        except DoesNotRun:
            return compiler  # the compiler is what is at fault, and is reported by itself
        return Path(said) if said != self.file and Path(said).exists() else None

    def version(self, path: Path) -> str:
        """C libraries do not tell one."""
        del path
        return ""


@dataclass(frozen=True)
class Package(Requirement):
    """A folder with a file that names its version: `package.json` or Arduino's `platform.txt`."""

    manifest: str = field(kw_only=True)

    def locate(self, root: Path) -> Path | None:
        """The manifest, at an absolute path or below the checkout."""
        path = root / self.manifest
        return path if path.is_file() else None

    def version(self, path: Path) -> str:
        """The version that the manifest names."""
        try:
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".json":
                return str(json.loads(text)["version"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DoesNotRun(f"{path.name} cannot be read") from error
        named = VERSION_KEY.search(text)
        return named[1] if named else ""


@dataclass(frozen=True)
class PythonPackage(Requirement):
    """A Python package, found without importing it."""

    module: str = field(kw_only=True)

    def locate(self, root: Path) -> Path | None:
        """The package's own file."""
        del root
        spec = find_spec(self.module)
        return Path(spec.origin) if spec and spec.origin else None

    def version(self, path: Path) -> str:
        """The installed distribution's version."""
        del path
        try:
            return metadata.version(self.name)
        except metadata.PackageNotFoundError as error:
            raise DoesNotRun("its installation is incomplete") from error


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
ESPRESSIF = (
    "get it with ESP-IDF (`idf_tools.py install qemu-xtensa qemu-riscv32`) or from "
    "https://github.com/espressif/qemu/releases and put it on PATH"
)
PROGRAMS: dict[str, Requirement] = {
    program.name: program
    for program in (
        Program("compilers", "gcc", ("gcc",)),
        Program("compilers", "g++", ("g++",)),
        Program("compilers", "arm-none-eabi-gcc", ("gcc-arm-none-eabi",)),
        Program("compilers", "riscv64-unknown-elf-gcc", ("gcc-riscv64-unknown-elf",)),
        Program("compilers", "xtensa-lx106-elf-gcc", ("gcc-xtensa-lx106",)),
        Program("compilers", "aarch64-linux-gnu-g++", ("g++-aarch64-linux-gnu",)),
        Program("compilers", "avr-gcc", ("gcc-avr", "binutils-avr")),
        Program("simulators", "qemu-system-arm", ("qemu-system-arm",)),
        Program("simulators", "qemu-system-riscv32", ("qemu-system-misc",)),
        Program("simulators", "qemu-system-xtensa", ("qemu-system-misc",)),
        Program("simulators", "harness-avr-runner", exit_code=2),  # it has no such option
        Program(
            "simulators",
            "renode",
            advice="get Renode's portable release from https://renode.io and put it on PATH",
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
        Library("compilers", "avr-libc", ("avr-libc",), compiler="avr-gcc", file="libc.a"),
    )
}
FOR_NO_TARGET = (
    PythonPackage("training", "tensorflow", module="tensorflow"),
    PythonPackage("training", "tf-keras", module="tf_keras"),
    PythonPackage(
        "training", "tensorflow-model-optimization", module="tensorflow_model_optimization"
    ),
    Program("provenance", "git", ("git",)),
)


def requirements_of(spec: TargetSpec) -> tuple[Requirement, ...]:
    """Everything that building for the target and running it needs on this machine."""
    tools: list[Requirement] = []
    for name in spec.tools:
        tools.append(PROGRAMS.get(name) or Program(OTHER, name))
        if name in LIBRARIES:
            tools.append(LIBRARIES[name])
    return (*PLATFORMIO, *tools, *((ARDUINO_AVR,) if spec.kind == "simavr" else ()))


def missing_tools(spec: TargetSpec, project_root: Path) -> list[str]:
    """Names of what the target needs and this machine has not."""
    return [need.name for need in _missing(spec, project_root)]


def require_tools(spec: TargetSpec, project_root: Path) -> None:
    """Raise ToolMissing, naming all that is missing and the command that gets it."""
    missing = _missing(spec, project_root)
    if missing:
        names = ", ".join(need.name for need in missing)
        raise ToolMissing(f"not installed: {names}", where=spec.name, hint=_remedy(missing))


def examine(catalogue: Mapping[str, TargetSpec], project_root: Path) -> list[Check]:
    """Look for everything the catalogue's targets need; broken programs count as not found."""
    users: dict[Requirement, list[str]] = {}
    for spec in catalogue.values():
        for need in requirements_of(spec):
            users.setdefault(need, []).append(spec.name)
    users |= {need: [] for need in FOR_NO_TARGET}
    with ThreadPoolExecutor(max_workers=8) as pool:
        found = pool.map(lambda need: _check(need, tuple(users[need]), project_root), users)
        checks = sorted(found, key=lambda check: GROUPS.index(check.group))
    boards = tuple(spec.name for spec in catalogue.values() if spec.kind == "serial")
    return [*checks, *check_serial_ports(_usb_serial_devices(), boards)]


def check_serial_ports(devices: Iterable[Path], targets: tuple[str, ...]) -> list[Check]:
    """Whether this user may open each serial device; no device, no finding."""
    checks = []
    for device in devices:
        allowed = os.access(device, os.R_OK | os.W_OK)
        remedy = "" if allowed else _join_group(device)
        checks.append(Check("serial ports", str(device), allowed, "", remedy, targets))
    return checks


def _missing(spec: TargetSpec, root: Path) -> list[Requirement]:
    return [need for need in requirements_of(spec) if need.locate(root) is None]


def _check(need: Requirement, targets: tuple[str, ...], root: Path) -> Check:
    path, optional = need.locate(root), bool(need.advice)
    if path is None:
        return Check(need.group, need.name, False, "", _remedy([need]), targets, optional)
    try:
        return Check(need.group, need.name, True, need.version(path), "", targets, optional)
    except DoesNotRun as error:
        again = _remedy([need], reinstall=True)
        remedy = f"{path} is there but broken ({error}): {again}"
        return Check(need.group, need.name, False, "", remedy, targets, optional)


def _remedy(needs: Iterable[Requirement], *, reinstall: bool = False) -> str:
    """The one command that installs the needs; `make setup` covers what apt does not have."""
    needs = list(needs)
    advised = [need for need in needs if need.advice]
    if advised:
        rest = [need for need in needs if not need.advice]
        also = [_remedy(rest, reinstall=reinstall)] if rest else []
        return "; ".join([*(need.advice for need in advised), *also])
    unknown = [need.name for need in needs if need.group == OTHER]
    if unknown:
        return f"install {', '.join(unknown)} and put it on PATH"
    if not all(need.packages for need in needs):
        return "make clean setup" if reinstall else "make setup"
    packages = " ".join(package for need in needs for package in need.packages)
    sudo = "" if os.geteuid() == 0 else "sudo "
    return f"{sudo}apt-get install {'--reinstall ' if reinstall else ''}{packages}"


def _output(command: list[str], exit_code: int = 0) -> str:
    """What the command prints. Raises DoesNotRun when it cannot start, fails or hangs."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DoesNotRun(f"no answer within {TIMEOUT_S:g} s") from error
    except OSError as error:
        raise DoesNotRun(error.strerror or str(error)) from error
    if done.returncode != exit_code:
        said = done.stdout.strip().splitlines()
        raise DoesNotRun(": ".join([f"exit code {done.returncode}", *said[-1:]]))
    return done.stdout


def _usb_serial_devices() -> list[Path]:
    from serial.tools.list_ports import comports

    return sorted(Path(port.device) for port in comports() if port.vid is not None)


def _join_group(device: Path) -> str:
    try:
        group = grp.getgrgid(device.stat().st_gid).gr_name
    except (KeyError, OSError):
        group = "dialout"
    return f"sudo usermod -aG {group} $USER, then log in again"
