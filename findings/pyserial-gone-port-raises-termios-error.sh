#!/usr/bin/env bash
# pyserial 3.5 on Linux: a port whose device is gone raises three unrelated kinds of errors.
#
# One would guess: all methods of an open port raise serial.SerialException (an OSError) once the
# device is gone, so that `except serial.SerialException`, or at least `except OSError`, is enough.
# Seen: read() and write() do; `in_waiting` raises a bare OSError; flush(), reset_input_buffer() and
# reset_output_buffer() raise termios.error, which is neither. A recovery path that catches OSError
# ends in a traceback at the first flush.
# Output seen: "read SerialException, write SerialException, in_waiting OSError, flush termios.error,
# reset_input_buffer termios.error, reset_output_buffer termios.error"
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyserial==3.5

"$folder/venv/bin/python" - <<'PYTHON'
import os
import pty
import termios

import serial

host, device = pty.openpty()
port = serial.Serial(os.ttyname(device), timeout=1)
os.close(device)
os.close(host)  # the board is unplugged


def kind(call) -> str:
    try:
        call()
    except serial.SerialException:
        return "SerialException"
    except OSError:
        return "OSError"
    except termios.error:
        return "termios.error"
    return "none"


calls = {
    "read": lambda: port.read(1),
    "write": lambda: port.write(b"x"),
    "in_waiting": lambda: port.in_waiting,
    "flush": port.flush,
    "reset_input_buffer": port.reset_input_buffer,
    "reset_output_buffer": port.reset_output_buffer,
}
seen = {name: kind(call) for name, call in calls.items()}
print(", ".join(f"{name} {error}" for name, error in seen.items()))
assert issubclass(serial.SerialException, OSError)
assert not issubclass(termios.error, OSError)
assert list(seen.values()) == ["SerialException", "SerialException", "OSError", *["termios.error"] * 3]
PYTHON
