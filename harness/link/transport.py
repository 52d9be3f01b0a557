"""Serial lines, opened by a device path or a pyserial URL."""

from __future__ import annotations

import re

import serial

from harness.errors import InputError
from harness.link.port_trouble import explain

POLL_S = 0.05
WRITE_S = 10.0
HINT = "a device path, socket://host:port or rfc2217://host:port"


def open_port(port: str, baud: int) -> serial.Serial:
    """Open `port` (/dev/tty…, COM3, a pty, socket:

    …, rfc2217:

    …) at `baud`, 8N1.

    DTR and RTS are set before the line is opened, both to the level that the operating system
    asserts anyway: without an edge ESP32 boards are not reset, and USB CDC boards see a terminal.
    Raises LinkError, TargetError without permission, PortBusy where another program has the port,
    and InputError for a malformed name.
    """
    try:
        line = serial.serial_for_url(port, do_not_open=True)
    except (ValueError, re.error) as error:
        raise InputError(f"not a serial port: {error}", where=port, hint=HINT) from error
    line.baudrate = baud
    line.timeout = POLL_S
    if not port.startswith("rfc2217://"):  # which pyserial refuses to open with one
        line.write_timeout = WRITE_S
    line.exclusive = True if "://" not in port else None
    line.dtr = True
    line.rts = True
    try:
        line.open()
    except KeyError as error:  # of pyserial's message about what a URL may hold
        raise InputError("this URL's options are unknown", where=port, hint=HINT) from error
    except (OSError, ValueError, serial.SerialException) as error:
        raise explain(error, port) from error
    return line
