"""Locks on boards: each names its owner and ends with the owner's process."""

from __future__ import annotations

import getpass
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from harness.errors import PortBusy
from harness.targets.ports import Port


@contextmanager
def owned(port: Port, locks: Path) -> Iterator[None]:
    """Hold `port` while the block runs. The lock belongs to the board's place, not to its path.

    The operating system frees the lock when the owner dies. Raises PortBusy, which names the owner.
    """
    locks.mkdir(parents=True, exist_ok=True)
    path = _path(port, locks)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise PortBusy(
            f"the board is in use by {_owner(path)}",
            where=port.device,
            hint="wait for it to finish, or name another port",
        ) from error
    try:
        owner = {"process": os.getpid(), "user": _user(), "port": port.device}
        path.with_suffix(".owner").write_text(json.dumps(owner), encoding="utf-8")
        yield
    finally:
        path.with_suffix(".owner").unlink(missing_ok=True)
        lock.release()


@contextmanager
def choosing(locks: Path) -> Iterator[None]:
    """Wait until no other run chooses between boards, and hold others off meanwhile."""
    locks.mkdir(parents=True, exist_ok=True)
    with FileLock(locks / "choosing.lock"):
        yield


def owner_of(port: Port, locks: Path) -> str:
    """Return the current owner of the board, empty where there is none."""
    path = _path(port, locks)
    if not path.exists():
        return ""
    lock = FileLock(path)
    try:
        with lock.acquire(timeout=0):
            return ""
    except Timeout:
        return _owner(path)


def _path(port: Port, locks: Path) -> Path:
    return locks / (re.sub(r"\W+", "_", port.identity).strip("_") + ".lock")


def _owner(path: Path) -> str:
    with suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads(path.with_suffix(".owner").read_text(encoding="utf-8"))
        return f"process {found['process']} of {found['user']}"
    return "another process"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may know no name for its user
        return f"user {os.getuid()}"
