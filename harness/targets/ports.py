"""Serial ports of attached boards, also after the ports changed their names."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from serial.tools import list_ports

from harness.boards.catalogue import TargetSpec
from harness.errors import TargetError
from harness.link.deadline import Deadline

REAPPEAR_S = 15.0
POLL_S = 0.1


@dataclass(frozen=True)
class Port:
    """A port: its device path or pyserial URL, and the USB facts of the board behind it.

    `usb` is "VID:PID" in capitals, `location` the place in the USB tree such as "1-1.4:1.0". Both
    are empty where unknown.
    """

    device: str
    usb: str = ""
    serial_number: str = ""
    location: str = ""
    product: str = ""

    @property
    def hardware(self) -> str:
        """USB id and serial number of the board, empty where USB lists none."""
        serial = f", serial number {self.serial_number}" if self.serial_number else ""
        return f"USB {self.usb}{serial}" if self.usb else ""

    @property
    def identity(self) -> str:
        """Part of the USB facts that stays when the board enumerates under another name.

        The place in the USB tree comes first: many boards share a serial number, or have none.
        Without USB facts it is the device itself, whatever names lead to it.
        """
        place = self.location.partition(":")[0]
        return place or self.serial_number or real_device(self.device)

    @property
    def is_usb(self) -> bool:
        """True where USB facts identify the board."""
        return bool(self.location or self.serial_number)

    @property
    def is_url(self) -> bool:
        """True for a network port, of which no USB facts are known."""
        return "://" in self.device


def attached() -> list[Port]:
    """Return all USB serial ports of this computer, by device path."""
    ports = [
        Port(
            device=str(info.device),
            usb=f"{info.vid:04X}:{info.pid:04X}",
            serial_number=info.serial_number or "",
            location=info.location or "",
            product=info.product or "",
        )
        for info in list_ports.comports()
        if info.vid is not None
    ]
    return sorted(ports, key=lambda port: port.device)


def candidates(spec: TargetSpec) -> list[Port]:
    """Return the attached ports with USB ids of this board. Raises TargetError for none."""
    if not spec.usb:
        raise TargetError(
            "this board's serial line has no USB id to search for",
            where=spec.name,
            hint=f'name its port in the plan: [ports] "{spec.name}" = "/dev/tty…"',
        )
    wanted = {identity.upper() for identity in spec.usb}
    found = [port for port in attached() if port.usb in wanted]
    if not found:
        raise TargetError(
            f"no board with USB id {', '.join(sorted(wanted))} is attached",
            where=spec.name,
            hint=f'plug it in, or name its port in the plan: [ports] "{spec.name}" = "/dev/tty…"',
        )
    return found


def real_device(device: str) -> str:
    """Return the device that a path leads to (/dev/serial/by-id/… is a link); URLs stay."""
    return device if "://" in device else os.path.realpath(device)


def port_named(device: str) -> Port:
    """Return the port of a user's setting, with its USB facts where it has any.

    The port keeps the user's name: a link in /dev/serial/by-id stays when the device is renamed.
    """
    known = (port for port in attached() if real_device(port.device) == real_device(device))
    return replace(next(known, Port(device)), device=device)


def follow(port: Port, within_s: float | None = None) -> Port:
    """Return the present port of the same board, which may have a new name.

    Raises TargetError where it does not come back within `within_s` seconds (REAPPEAR_S).
    """
    if port.is_url:
        return port
    deadline = Deadline(REAPPEAR_S if within_s is None else within_s)
    while True:
        again = _same(port, attached())
        if again is not None:
            return again
        if not port.is_usb and Path(port.device).exists():
            return port
        if deadline.passed:
            raise TargetError(
                "the port did not come back after the upload",
                where=port.device,
                hint="press the board's reset button, or check `harness boards`",
            )
        time.sleep(POLL_S)


def _same(port: Port, ports: Sequence[Port]) -> Port | None:
    alike = [other for other in ports if other.identity == port.identity]
    if not alike and port.serial_number:  # plugged into another socket meanwhile
        alike = [other for other in ports if other.serial_number == port.serial_number]
    return alike[0] if alike else None
