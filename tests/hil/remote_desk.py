"""A board behind a network port: the firmware built for the host, served by RFC 2217 or raw TCP.

The server's side of RFC 2217 is pyserial's; the serial port that it drives is a simulated board.
"""

from __future__ import annotations

import os
import select
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

from serial.rfc2217 import PortManager


class SimulatedBoard:
    """What a PortManager takes for a serial port: its lines reset the firmware as Espressif's
    transistors would (`esp`), or as Arduino's capacitor (`dtr`)."""

    baudrate, bytesize, parity, stopbits = 115200, 8, "N", 1
    xonxoff = rtscts = cts = dsr = ri = cd = break_condition = False

    def __init__(self, elf: Path, method: str = "esp") -> None:
        self.elf = elf
        self.method = method
        self.resets = 0
        self.works = True
        self._dtr = self._rts = self._held = False
        self._process: subprocess.Popen[str] | None = None
        self.line = -1
        self.boot()

    @property
    def dtr(self) -> bool:
        return self._dtr

    @dtr.setter
    def dtr(self, value: bool) -> None:
        rises = value and not self._dtr
        self._dtr = value
        if self.method == "dtr" and rises:
            self.resets += 1
            self.boot()
        self._enable()

    @property
    def rts(self) -> bool:
        return self._rts

    @rts.setter
    def rts(self, value: bool) -> None:
        self._rts = value
        self._enable()

    def _enable(self) -> None:
        held = self.method == "esp" and self._rts and not self._dtr
        if held and not self._held:
            self.resets += 1
            self.off()
        elif self._held and not held:
            self.boot()
        self._held = held

    def reset_input_buffer(self) -> None:
        """Nothing is kept."""

    reset_output_buffer = reset_input_buffer

    def boot(self) -> None:
        self.off()
        if self.works:
            self._process = subprocess.Popen(
                [str(self.elf)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            assert self._process.stdout is not None
            path = self._process.stdout.readline().split()[1]
            self.line = os.open(path, os.O_RDWR | os.O_NOCTTY)

    def off(self) -> None:
        if self.line >= 0:
            os.close(self.line)
            self.line = -1
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Server:
    """Serves one client after the other on `port` until it is closed."""

    def __init__(self, board: SimulatedBoard, *, raw: bool = False) -> None:
        self.board = board
        self._raw = raw
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = (
            f"{'socket' if raw else 'rfc2217'}://127.0.0.1:{self._listening.getsockname()[1]}"
        )
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(10)
        self.board.off()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                with client, suppress(OSError):
                    self._talk(client)

    def _talk(self, client: socket.socket) -> None:
        class Connection:
            def write(self, data: bytes) -> None:
                client.sendall(data)

        manager = None if self._raw else PortManager(self.board, Connection())
        while True:
            lines = [client, *([self.board.line] if self.board.line >= 0 else [])]
            ready, _, _ = select.select(lines, [], [], 0.05)
            if client in ready:
                data = client.recv(4096)
                if not data:
                    return
                told = data if manager is None else b"".join(manager.filter(data))
                if told and self.board.line >= 0:
                    os.write(self.board.line, told)
            if self.board.line in ready:
                said = os.read(self.board.line, 4096)
                client.sendall(said if manager is None else b"".join(manager.escape(said)))
