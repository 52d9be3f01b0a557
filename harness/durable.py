"""Files that survive a crash: written beside and renamed, with digests that are checked on read.

A name holds a whole file or folder at any moment: the old content or the new one. What has been
renamed is on the disk, since file and folder are synchronised before and after. Names of unfinished
files hold computer and process, so that the next writer removes those of processes that are gone.

A *sealed* file or folder carries digests of its content and its own name. One that was cut off,
changed or swapped with another is not used: the caller makes it anew, and the log has a line.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import re
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SEAL = "seal.json"  # name of the folder, and SHA-256 of each file by its path inside
PARTIAL = ".partial"
RENAMES = 8
DIGEST_BYTES = 64  # hexadecimal digits of SHA-256, then a line feed


def write_file(path: Path, content: bytes | str) -> None:
    """Replace the file at `path` in one step; its folder is made. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    discard_partials(path.parent)
    partial = _beside(path)
    try:
        with partial.open("wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    _sync(path.parent)


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """A fresh folder to write to, renamed to `folder` when the block ends without an error."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    discard_partials(folder.parent)
    partial = _beside(folder)
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        for path in (*partial.rglob("*"), partial):
            if not path.is_symlink():
                _sync(path)
        _rename(partial, folder)
        _sync(folder.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def sealed(folder: Path) -> Iterator[Path]:
    """As `replaced`, with a seal that `intact` compares."""
    with replaced(folder) as partial:
        yield partial
        seal(partial, folder.name)


def seal(folder: Path, name: str) -> None:
    """Write the digests of all files in `folder`, and the name that `intact` expects."""
    content = {"name": name, "files": {each: _digest(folder / each) for each in _files(folder)}}
    write_file(folder / SEAL, json.dumps(content, indent=1))


def intact(folder: Path) -> bool:
    """Return True where the sealed folder exists and holds every file as it was written."""
    return not _damage(folder, folder.name)


def discard_damaged(folder: Path, name: str = "") -> None:
    """Remove a folder that is there and not intact; hold the lock of those who write it.

    `name` of its seal, by default the folder's.
    """
    if folder.exists() and (damage := _damage(folder, name or folder.name)):
        _warn(folder, damage)
        shutil.rmtree(folder, ignore_errors=True)


def write_sealed(path: Path, content: bytes) -> None:
    """Write the file at `path` with a digest of `content` and the file's name in front."""
    write_file(path, _line(path, content) + content)


def read_sealed(path: Path) -> bytes | None:
    """Return the content of a sealed file, None where it is missing or damaged."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        _warn(path, error.strerror or str(error))
        return None
    content = data[DIGEST_BYTES + 1 :]
    if data[: DIGEST_BYTES + 1] != _line(path, content):
        _warn(path, "its content differs from its digest")
        return None
    return content


def discard_partials(folder: Path, pid: int | None = None) -> None:
    """Remove the unfinished files of process `pid`, unset of all that are gone, in `folder`."""
    pattern = re.compile(rf"\..*\.{re.escape(_host())}\.(\d+)-\d+(?:\.old)?\{PARTIAL}")
    for path in folder.glob(f".*{PARTIAL}"):
        match = pattern.fullmatch(path.name)
        if match is None or not (int(match[1]) == pid or not _alive(int(match[1]))):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _rename(partial: Path, folder: Path) -> None:
    """Rename into place; a folder cannot be renamed over one that is not empty."""
    old = partial.with_name(f"{partial.name.removesuffix(PARTIAL)}.old{PARTIAL}")
    for attempt in range(RENAMES):
        shutil.rmtree(old, ignore_errors=True)
        with suppress(FileNotFoundError):
            folder.rename(old)
        try:
            partial.rename(folder)
        except OSError as error:  # another process was in between
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST) or attempt + 1 == RENAMES:
                raise
        else:
            break
    shutil.rmtree(old, ignore_errors=True)


def _beside(path: Path) -> Path:
    owner = f"{_host()}.{os.getpid()}-{threading.get_native_id()}"
    return path.with_name(f".{path.name}.{owner}{PARTIAL}")


def _host() -> str:
    return re.sub(r"[^\w-]", "_", socket.gethostname())


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # another user's
    return True


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _files(folder: Path) -> list[str]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != SEAL)
    return sorted(path.relative_to(folder).as_posix() for path in found)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damage(folder: Path, name: str) -> str:
    """Return what is wrong with a sealed folder, empty where nothing is."""
    try:
        content = json.loads((folder / SEAL).read_bytes())
        if content["name"] != name:
            return f"it was written as {content['name']}"
        for file, digest in content["files"].items():
            if _digest(folder / file) != digest:
                return f"{file} differs from its digest"
    except FileNotFoundError as error:
        return f"{Path(str(error.filename)).name} is missing"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return f"{SEAL} cannot be used: {error}"
    return ""


def _line(path: Path, content: bytes) -> bytes:
    digest = hashlib.sha256(path.name.encode() + b"\0" + content)
    return digest.hexdigest().encode() + b"\n"


def _warn(path: Path, damage: str) -> None:
    logging.getLogger(__name__).warning("%s is damaged and made anew: %s", path, damage)
