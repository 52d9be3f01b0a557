"""Serial lines, opened by a device path or a pyserial URL."""

from __future__ import annotations

import re
import termios
from contextlib import suppress

import serial

from harness.errors import InputError
from harness.link.port_trouble import explain

POLL_S = 0.05
WRITE_S = 10.0
LINE_ERRORS = (OSError, termios.error)  # pyserial's own are OSErrors
HINT = "a device path, socket://host:port or rfc2217://host:port"


class ExclusiveSerial(serial.Serial):
    """A local port that gives up its lock when it is closed.

    Closing the file alone is not enough: a child that another thread has just forked holds it, and
    with it the lock, until it runs its own program.
    """

    def close(self) -> None:
        """Unlock and close the port; the device may be gone already."""
        if self.is_open and self.exclusive:
            with suppress(*LINE_ERRORS):
                self.exclusive = False
        super().close()


def open_port(port: str, baud: int) -> serial.Serial:
    """Open `port` at `baud`, 8N1: a device path, a pty, or a URL of pyserial.

    DTR and RTS are set before the line is opened, both to the level that the operating system
    asserts anyway: without an edge ESP32 boards are not reset, and USB CDC boards see a terminal.
    Raises LinkError, TargetError without permission, PortBusy where another program has the port,
    and InputError for a malformed name.
    """
    local = "://" not in port
    try:
        line = ExclusiveSerial() if local else serial.serial_for_url(port, do_not_open=True)
        line.port = port
    except (ValueError, re.error) as error:
        raise InputError(f"not a serial port: {error}", where=port, hint=HINT) from error
    line.baudrate = baud
    line.timeout = POLL_S
    if not port.startswith("rfc2217://"):  # which pyserial refuses to open with one
        line.write_timeout = WRITE_S
    line.exclusive = True if local else None
    line.dtr = True
    line.rts = True
    try:
        line.open()
    except KeyError as error:  # of pyserial's message about what a URL may hold
        raise InputError("this URL's options are unknown", where=port, hint=HINT) from error
    except (OSError, ValueError) as error:
        raise explain(error, port) from error
    except termios.error as error:
        raise explain(OSError(*error.args), port) from error
    return line
