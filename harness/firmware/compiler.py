"""Identity of the tool chain of an image, before the build and in the image itself.

The key of the image cache holds it: an upgrade of the compiler or of a library it links must not
reuse old images, also where a wrapper in front of the compiler stays the same.
"""

from __future__ import annotations

import configparser
import hashlib
import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from harness.boards.catalogue import TargetSpec
from harness.boards.requirement import find_tool
from harness.boards.toolchain import ARDUINO_AVR

PASSES = ("cc1", "as", "ld")  # programs that a compiler driver starts
CXX_COMPILER = "cc1plus"
LIBRARIES = ("-lc", "-lm")  # those of newlib, picolibc and avr-libc; the driver adds its own
ARGUMENTS_S = 20.0
PACKAGES = (".piopm", "package.json", "platform.json")  # manifests of PlatformIO
SCRIPTS = "tool-scons"  # PlatformIO's own, no part of an image
BOARDS = Path("firmware", "platforms", "mcu_sim", "boards")


def toolchain_digest(root: Path, spec: TargetSpec, *, cxx: bool = False) -> str:
    """Return SHA-256 over compilers and libraries of a target's images, as hexadecimal text.

    Of a compiler on PATH: path, version, the passes it starts (cc1 …), start files and libraries
    that it links with the board's machine flags, and the Arduino core. Of a target that PlatformIO
    brings the compiler for: the manifests of its packages. `cxx`: the image contains C++.
    """
    digest = hashlib.sha256()
    board = _board(root, spec.env)
    build = board.get("build", {})
    flags = [*build.get("machine_flags", ()), *build.get("link_flags", ())]
    arduino = "arduino" in board.get("frameworks", ())
    passes = (*PASSES, CXX_COMPILER) if cxx or arduino else PASSES
    for tool in spec.tools:
        driver = find_tool(tool, root) if tool.endswith(("gcc", "g++")) else None
        if driver is not None:
            version = _output(driver, "-dumpfullversion", "-dumpversion")
            files = [driver, *_passes(driver, passes), *_linked(driver, flags)]
            digest.update(f"{tool} {version}\n".encode())
            _add(digest, files)
    if arduino:
        core = Path(ARDUINO_AVR.manifest).parent
        parts = [core / "cores" / build["core"], core / "variants" / build["variant"]]
        _add(digest, (path for part in parts for path in sorted(part.rglob("*"))))
    if not board:
        folders = sorted((root / ".platformio").glob("p*/*"))
        _add(digest, (each / name for each in folders for name in PACKAGES if each.name != SCRIPTS))
    return digest.hexdigest()


def compiler_of(elf: Path) -> str:
    """Return the compilers named in an image's .comment section, empty where it has none."""
    try:
        with elf.open("rb") as file:
            section = ELFFile(file).get_section_by_name(".comment")
            text = section.data() if section is not None else b""
    except (OSError, ELFError):
        return ""
    names = (name.decode("ascii", errors="replace").strip() for name in text.split(b"\0"))
    return ", ".join(dict.fromkeys(name for name in names if name))


def _board(root: Path, env: str) -> dict[str, Any]:
    """Return the board of a simulated environment, empty for the boards of PlatformIO."""
    ini = configparser.ConfigParser(interpolation=None)
    ini.read(root / "platformio.ini", encoding="utf-8")
    name = ini.get(f"env:{env}", "board", fallback="")
    path = root / BOARDS / f"{name}.json"
    if not name or not path.is_file():
        return {}
    board: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return board


def _passes(driver: Path, names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        named = _output(driver, f"-print-prog-name={name}") or name  # bare where it is on PATH
        path = Path(named) if os.sep in named else find_tool(named, Path())
        if path is not None:
            yield path


def _linked(driver: Path, flags: list[str]) -> Iterator[Path]:
    """Return the files that the driver would hand to the linker for an empty program."""
    text = _output(driver, *flags, "-###", os.devnull, *LIBRARIES, errors=True)
    commands = [shlex.split(line) for line in text.splitlines() if "/collect2" in line]
    folders = [Path(word[2:]) for words in commands for word in words if word.startswith("-L")]
    for word in dict.fromkeys(word for words in commands[:1] for word in words[1:]):
        if word.startswith("-l"):
            ends = ("a",) if "-static" in flags else ("so", "a")
            names = [f"lib{word[2:]}.{end}" for end in ends]
            found = (folder / name for folder in folders for name in names)
            yield from [path for path in found if path.is_file()][:1]
        elif word.endswith((".o", ".a", ".ld")) and Path(word).is_file():
            yield Path(word)


def _add(digest: hashlib._Hash, files: Iterator[Path] | list[Path]) -> None:
    for path in files:
        if path.is_file():
            kept = path.resolve()
            stat = kept.stat()
            content = _file_digest(kept, stat.st_mtime_ns, stat.st_size)
            digest.update(f"{path} {content}\n".encode())


@cache
def _file_digest(path: Path, _mtime_ns: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _output(driver: Path, *arguments: str, errors: bool = False) -> str:
    """Return what a driver prints to stdout, or to stderr; empty where it does not run."""
    try:
        done = subprocess.run(
            [str(driver), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ARGUMENTS_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stderr if errors else done.stdout).strip()
