"""TensorFlow Lite Micro as the user has it: a PlatformIO library in a folder, or a registry's.

The harness holds no copy of it. A local library goes to PlatformIO as `lib_extra_dirs`; without
one, boards that have an environment `<env>_tflm` in platformio.ini take the `lib_deps` of that.
"""

from __future__ import annotations

import hashlib
import json
import re
from configparser import ConfigParser
from contextlib import suppress
from pathlib import Path

from harness.errors import InputError
from harness.firmware.library import Library

ENVIRONMENT = "HARNESS_TFLM_LIBRARY"
ENV_SUFFIX = "_tflm"
INTERPRETER = "tensorflow/lite/micro/micro_interpreter.h"
REFERENCE = re.compile(r"\$\{(\w+)\.(\w+)\}")  # to another section's option
HINT = (
    "give the folder of a PlatformIO library of TensorFlow Lite Micro: --tflm-library FOLDER, "
    f'[tflm] library = "FOLDER" in the plan, or {ENVIRONMENT}; docs/tflm.md'
)


def local_library(folder: Path, links: Path) -> Library:
    """The library in `folder`, or the one library with TFLM's interpreter among those in it.

    PlatformIO searches folders of libraries: one that is a library itself is linked into a folder
    of its own below `links`, so that its neighbours stay out. Raises InputError.
    """
    if not folder.is_dir():
        raise InputError("there is no such folder", where=str(folder), hint=HINT)
    folder = folder.resolve()
    if _has_interpreter(folder):
        digest = _digest(folder)
        place = hashlib.sha256(f"{folder}\0{digest}".encode()).hexdigest()
        storage = links / place[:16]
        storage.mkdir(parents=True, exist_ok=True)
        link = storage / folder.name
        if not link.is_symlink():
            with suppress(FileExistsError):  # by another run at the same time
                link.symlink_to(folder, target_is_directory=True)
        name, version, defines = _manifest(folder)
        return Library(name, version, digest, storage, defines=defines)
    inside = [path for path in sorted(folder.iterdir()) if path.is_dir() and _has_interpreter(path)]
    if len(inside) != 1:
        found = f"{len(inside)} libraries in it have" if inside else "it has no"
        raise InputError(f"{found} {INTERPRETER}", where=str(folder), hint=HINT)
    name, version, defines = _manifest(inside[0])
    return Library(name, version, _digest(folder), folder, defines=defines)


def has_tflm(folder: Path) -> bool:
    """Return whether `local_library` takes the folder, or several libraries in it confuse it."""
    inside = folder.iterdir() if folder.is_dir() else ()
    return _has_interpreter(folder) or any(_has_interpreter(path) for path in inside)


def registry_library(root: Path, env: str) -> Library | None:
    """Library that `<env>_tflm` of platformio.ini takes from PlatformIO's registry, or None."""
    ini = ConfigParser(interpolation=None)
    ini.read(root / "platformio.ini", encoding="utf-8")
    wanted = ini.get(f"env:{env}{ENV_SUFFIX}", "lib_deps", fallback="").strip()
    referred = REFERENCE.fullmatch(wanted)
    if referred:
        wanted = ini.get(referred[1], referred[2], fallback="").strip()
    if not wanted:
        return None
    first = wanted.splitlines()[0]
    name, _, version = first.rpartition("@") if "@" in first else (first, "", "")
    digest = hashlib.sha256(wanted.encode()).hexdigest()
    return Library(name.strip(), version.strip(), digest, None, ENV_SUFFIX)


def _has_interpreter(folder: Path) -> bool:
    return (folder / INTERPRETER).is_file() or (folder / "src" / INTERPRETER).is_file()


def _manifest(folder: Path) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    """Name, version and the macros of `build.flags`, from whichever manifest there is."""
    path = folder / "library.json"
    if path.is_file():
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            flags = found.get("build", {}).get("flags", [])
            words = flags.split() if isinstance(flags, str) else " ".join(flags).split()
        except (ValueError, AttributeError, TypeError) as error:
            raise InputError(
                f"this is no library's manifest: {error}", where=str(path), hint=HINT
            ) from error
        macros = re.findall(r"(?<!\S)-D\s*([^\s=]+)=?(\S*)", " ".join(words))
        defines = tuple((name, value or "1") for name, value in macros)
        return str(found.get("name", folder.name)), str(found.get("version", "")), defines
    path = folder / "library.properties"
    if path.is_file():
        text = path.read_text(encoding="utf-8", errors="replace")
        pairs = dict(re.findall(r"(?m)^(name|version)\s*=\s*(.*?)\s*$", text))
        return pairs.get("name", folder.name), pairs.get("version", ""), ()
    return folder.name, "", ()


def _digest(folder: Path) -> str:
    """Of all files' names and contents, hidden ones (a checkout's .git) left out."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part.startswith(".") for part in parts):
            name = "/".join(parts).encode()
            content = hashlib.sha256(path.read_bytes()).digest()
            digest.update(name + b"\0" + content)
    return digest.hexdigest()
