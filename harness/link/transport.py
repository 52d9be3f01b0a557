"""Opening the serial line that a device path or a pyserial URL names."""

from __future__ import annotations

import serial

from harness.errors import LinkError

POLL_S = 0.05


def open_port(port: str, baud: int) -> serial.Serial:
    """Open `port` (/dev/tty…, COM3, a pty, socket://…, rfc2217://…) at `baud`, 8N1.

    DTR and RTS are set before the line is opened, both to what the operating system asserts anyway:
    no edge between them means no reset on ESP32 boards, and USB CDC boards see a terminal.
    Raises LinkError.
    """
    line = serial.serial_for_url(port, do_not_open=True)
    line.baudrate = baud
    line.timeout = POLL_S
    line.write_timeout = 10
    line.exclusive = True if "://" not in port else None
    line.dtr = True
    line.rts = True
    try:
        line.open()
    except (OSError, ValueError, serial.SerialException) as error:
        raise LinkError(
            f"cannot open the port: {error}",
            where=port,
            hint="check the path, that you may read and write it (group dialout), "
            "and that no other program has it open",
        ) from error
    return line
