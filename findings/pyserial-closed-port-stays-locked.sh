#!/usr/bin/env bash
# pyserial 3.5 on Linux: a port that was opened with exclusive=True and closed may stay locked.
#
# One would guess: after close() the port is free, since the lock belongs to the open port.
# Seen: the lock is a flock on the open file description. A child that another thread forks at that
# moment holds a copy of it until it runs its own program, and the next open fails with EAGAIN:
# "Could not exclusively lock port". Setting `exclusive = False` before close() unlocks it for all
# copies.
# Output seen: "plain close: SerialException 11, unlocked before close: opened"
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyserial==3.5

"$folder/venv/bin/python" - <<'PYTHON'
import errno
import os
import pty

import serial

host, device = pty.openpty()
path = os.ttyname(device)


def reopened(unlock: bool) -> str:
    port = serial.Serial(path, exclusive=True)
    child, held = os.pipe()
    pid = os.fork()  # as subprocess does, before it starts the program
    if pid == 0:
        os.close(held)
        os.read(child, 1)
        os._exit(0)
    if unlock:
        port.exclusive = False
    port.close()
    try:
        serial.Serial(path, exclusive=True).close()
        return "opened"
    except serial.SerialException as error:
        return f"SerialException {error.errno}"
    finally:
        os.close(held)
        os.close(child)
        os.waitpid(pid, 0)


plain, unlocked = reopened(False), reopened(True)
print(f"plain close: {plain}, unlocked before close: {unlocked}")
assert plain == f"SerialException {errno.EAGAIN}"
assert unlocked == "opened"
PYTHON
