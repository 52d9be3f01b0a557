"""Errors of opening a serial port, with their remedy."""

from __future__ import annotations

import errno
import grp
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from harness.errors import HarnessError, LinkError, PortBusy, TargetError

PROCESSES = Path("/proc")


def explain(error: Exception, port: str) -> HarnessError:
    """Return the typed form of `error`, which opening `port` raised.

    LinkError may pass when the board comes back; TargetError (no permission) and PortBusy do not.
    """
    number = getattr(error, "errno", None)
    if number in (errno.EACCES, errno.EPERM):
        return TargetError(
            "no permission to open this port",
            where=port,
            hint=f"sudo usermod -aG {group_of(Path(port))} $USER, then log in again",
        )
    if number in (errno.EAGAIN, errno.EBUSY):
        owners = ", ".join(holders(port)) or "another program"
        return PortBusy(
            f"the port is in use by {owners}", where=port, hint="close it, or name another port"
        )
    return LinkError(
        f"cannot open the port: {error}",
        where=port,
        hint="check the path, that you may read and write it (group dialout), "
        "and that no other program has it open",
    )


def group_of(device: Path) -> str:
    """Return the group that may use a device, "dialout" where it is unknown."""
    try:
        return grp.getgrgid(device.stat().st_gid).gr_name
    except (KeyError, OSError):
        return "dialout"


def holders(device: str) -> Iterator[str]:
    """Return the other processes that have the device open, as far as this user may see."""
    wanted = os.path.realpath(device)
    for process in sorted(PROCESSES.glob("[0-9]*")):
        if process.name == str(os.getpid()):
            continue
        with suppress(OSError):
            if any(os.path.realpath(file) == wanted for file in (process / "fd").iterdir()):
                name = (process / "comm").read_text(encoding="utf-8").strip()
                yield f"process {process.name} ({name})"
