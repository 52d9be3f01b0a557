"""Requirements of the harness on this machine: location and version of each.

Nothing here builds, downloads or prints.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

TIMEOUT_S = 5.0
VERSION = re.compile(r"\d+\.\d+[\w.+-]*")
IN_BRACKETS = re.compile(r"\([^()]*\)")
VERSION_KEY = re.compile(r"^version\s*=\s*(\S+)", re.MULTILINE)


class DoesNotRun(Exception):
    """A program is installed but broken; the text is its error."""


def find_tool(name: str, project_root: Path) -> Path | None:
    """Return a program's absolute path: from `.tools`, beside the running Python, or on PATH."""
    folders = [str(project_root / ".tools"), str(Path(sys.executable).parent)]
    search = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])
    found = shutil.which(name, path=search)
    return Path(found).absolute() if found else None


@dataclass(frozen=True)
class Requirement(ABC):
    """A requirement; without Debian `packages`, `make setup` or `harness setup` provides it.

    `brew` names Homebrew's packages, options included. `advice` says how to get an optional one
    that none of these provides.
    """

    group: str
    name: str
    packages: tuple[str, ...] = ()
    brew: tuple[str, ...] = field(default=(), kw_only=True)
    advice: str = field(default="", kw_only=True)

    @abstractmethod
    def locate(self, root: Path) -> Path | None:
        """Return its path, None where it is missing."""

    @abstractmethod
    def version(self, path: Path) -> str:
        """Return its version, empty where it has none. Raises DoesNotRun."""


@dataclass(frozen=True)
class Program(Requirement):
    """A program; a healthy one answers `--version` with `exit_code`."""

    exit_code: int = field(default=0, kw_only=True)

    def locate(self, root: Path) -> Path | None:
        """See find_tool."""
        return find_tool(self.name, root)

    def version(self, path: Path) -> str:
        """Return the first version number that it prints outside of brackets."""
        text = IN_BRACKETS.sub("", _output([str(path), "--version"], self.exit_code))
        number = VERSION.search(text)
        return number[0] if number else ""


@dataclass(frozen=True)
class Emulator(Requirement):
    """A QEMU with `machine`, which Debian's of the same name lacks: on PATH, or in the packages of
    PlatformIO or ESP-IDF."""

    program: str = field(kw_only=True)
    machine: str = field(kw_only=True)

    def locate(self, root: Path) -> Path | None:
        """Return the first one that lists the machine."""
        return next((path for path in self._candidates(root) if self._runs(path)), None)

    def version(self, path: Path) -> str:
        """See Program.version."""
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
    """A file in the C library that `compiler` finds by itself."""

    compiler: str = field(kw_only=True)
    file: str = field(kw_only=True)

    def locate(self, root: Path) -> Path | None:
        """Return its path; a compiler prints the bare name of a file that it lacks."""
        compiler = find_tool(self.compiler, root)
        if compiler is None:
            return None
        try:
            text = _output([str(compiler), f"-print-file-name={self.file}"]).strip()
        except DoesNotRun:
            return compiler  # the compiler itself is broken, which is reported separately
        return Path(text) if text != self.file and Path(text).exists() else None

    def version(self, path: Path) -> str:
        """Return nothing: C libraries have no version to ask for."""
        del path
        return ""


@dataclass(frozen=True)
class Package(Requirement):
    """A folder with a file that names its version: `package.json` or Arduino's `platform.txt`."""

    manifest: str = field(kw_only=True)

    def locate(self, root: Path) -> Path | None:
        """Return the manifest's path, absolute or below the checkout."""
        path = root / self.manifest
        return path if path.is_file() else None

    def version(self, path: Path) -> str:
        """Return the version in the manifest."""
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
        """Return the package's own file."""
        del root
        spec = find_spec(self.module)
        return Path(spec.origin) if spec and spec.origin else None

    def version(self, path: Path) -> str:
        """Return the installed distribution's version."""
        del path
        try:
            return metadata.version(self.name)
        except metadata.PackageNotFoundError as error:
            raise DoesNotRun("its installation is incomplete") from error


def _output(command: list[str], exit_code: int = 0) -> str:
    """Return a command's output. Raises DoesNotRun where it cannot start, fails or hangs."""
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
        lines = done.stdout.strip().splitlines()
        raise DoesNotRun(": ".join([f"exit code {done.returncode}", *lines[-1:]]))
    return done.stdout
