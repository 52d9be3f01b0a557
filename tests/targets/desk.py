"""USB serial ports as the operating system would list them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from serial.tools import list_ports

from harness.targets.ports import Port


def listed(ports: tuple[Port, ...]) -> list[SimpleNamespace]:
    """What pyserial's list_ports.comports() says of them."""
    found = []
    for port in ports:
        vid, _, pid = port.usb.partition(":")
        found.append(
            SimpleNamespace(
                device=port.device,
                vid=int(vid, 16) if vid else None,
                pid=int(pid, 16) if pid else None,
                serial_number=port.serial_number or None,
                location=port.location or None,
                product=port.product or None,
            )
        )
    return found


def attach(monkeypatch: pytest.MonkeyPatch, *ports: Port) -> None:
    """Let exactly `ports` be attached."""
    monkeypatch.setattr(list_ports, "comports", lambda: listed(ports))
