"""A program that stands in for esp-emu: it takes the documented options and runs what lies where
the boot loader looks for the program: the firmware built for the host, its pty as a TCP server.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

APPLICATION = 0x10000
CHIPS = ("esp32c3", "esp32c6", "esp32p4")


def main(words: list[str]) -> None:
    if words == ["--version"]:
        sys.stdout.write("esp-emu 0.30.0\n")
        return
    options = dict(zip(words[::2], words[1::2], strict=True))
    if set(options) != {"--chip", "--firmware", "--uart-tcp"} or options["--chip"] not in CHIPS:
        sys.exit("error: these options are not those of the documentation")
    host, _, port = options["--uart-tcp"].partition(":")
    flash = Path(options["--firmware"])
    program = flash.with_name("program")
    program.write_bytes(flash.read_bytes()[APPLICATION:].rstrip(b"\xff"))
    program.chmod(0o700)
    running = subprocess.Popen([str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert running.stdout is not None
    line = os.open(running.stdout.readline().split()[1], os.O_RDWR | os.O_NOCTTY)
    with socket.create_server((host, int(port))) as server:
        peer, _ = server.accept()
        peer.sendall(b"ESP-ROM:esp32\r\n")  # what comes before the program
        threading.Thread(target=forward, args=(line, peer), daemon=True).start()
        while data := peer.recv(4096):
            os.write(line, data)
    running.kill()


def forward(line: int, peer: socket.socket) -> None:
    """Bytes of the program to the client."""
    while data := os.read(line, 4096):
        peer.sendall(data)


if __name__ == "__main__":
    main(sys.argv[1:])
