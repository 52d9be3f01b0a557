"""A client of the link protocol for tests of the ports.

It is written from docs/protocol.md alone, so that a mistake in `harness.link` and one in the
firmware cannot hide each other.
"""

from __future__ import annotations

import struct
import time
import zlib

import serial
from cobs import cobs

ANSWER_S = 20.0

HELLO, MODEL, INPUT, RUN, OUTPUT, BRACKET, WINDOW, ERROR = 1, 2, 3, 4, 5, 6, 8, 0xFF
ADD, BURN, DEEP = 0, 1, 2
UNKNOWN = 0xFFFFFFFF
MEASURE_STACK = 1


def wire(kind: int, sequence: int, payload: bytes) -> bytes:
    body = struct.pack("<BBHH", 1, kind, sequence, len(payload)) + payload
    encoded: bytes = cobs.encode(body + struct.pack("<I", zlib.crc32(body)))
    return b"\0" + encoded + b"\0"


class Client:
    def __init__(self, line: serial.Serial) -> None:
        self.line = line
        self.sequence = 100

    def receive(self) -> tuple[int, int, bytes]:
        piece = b""
        end = time.monotonic() + ANSWER_S
        while time.monotonic() < end:
            byte = self.line.read(1)
            if byte != b"\0":
                piece += byte
            elif piece:
                data = cobs.decode(piece)
                body, crc = data[:-4], struct.unpack("<I", data[-4:])[0]
                version, kind, sequence, length = struct.unpack_from("<BBHH", body)
                assert (version, length, crc) == (1, len(body) - 6, zlib.crc32(body))
                return kind, sequence, body[6:]
        raise AssertionError(f"no frame within {ANSWER_S} s, only {piece!r}")

    def ask(self, kind: int, payload: bytes) -> tuple[int, bytes]:
        self.sequence += 1
        self.line.write(wire(kind, self.sequence, payload))
        reply, sequence, answer = self.receive()
        assert sequence == self.sequence
        return reply, answer

    def wake(self) -> None:
        """Ping until the device answers: what came before its UART was on is lost on some."""
        end = time.monotonic() + ANSWER_S
        while time.monotonic() < end:
            self.sequence += 1
            self.line.write(wire(HELLO, self.sequence, bytes(4)))
            said = b""
            pause = time.monotonic() + 1.5  # QEMU looks once a second whether a pty was opened
            while time.monotonic() < pause:
                said += self.line.read(1)
                if said.count(b"\0") >= 2:
                    time.sleep(0.1)
                    self.line.reset_input_buffer()
                    return
        raise AssertionError(f"no answer to any ping within {ANSWER_S} s")

    def answer(self, kind: int, payload: bytes) -> bytes:
        reply, answer = self.ask(kind, payload)
        assert reply == kind | 0x80, answer
        return answer

    def error(self, kind: int, payload: bytes) -> int:
        reply, answer = self.ask(kind, payload)
        assert (reply, answer[0]) == (ERROR, kind)
        return answer[1]

    def hello(self) -> dict[str, object]:
        answer = self.answer(HELLO, b"\x01\x00\xfe\xff")
        names = ["nonce", "payload", "models", "build", "clock", "counter_hz", "free", "arena"]
        values = struct.unpack_from("<4sHB8sIIII", answer)
        core, counter, version, rest = answer[31:].split(b"\0")
        assert rest == b""
        return dict(zip(names, values, strict=True)) | {
            "core": core.decode(),
            "counter": counter.decode(),
            "version": version.decode(),
        }

    def send(self, encoding: int, sample: int, data: bytes, room: int) -> None:
        for offset in range(0, len(data), room):
            chunk = data[offset : offset + room]
            answer = self.answer(INPUT, struct.pack("<BII", encoding, sample, offset) + chunk)
            assert struct.unpack("<II", answer) == (sample, offset + len(chunk))

    def run(self, model: int, sample: int, flags: int = 0) -> tuple[int, int, int, int, bytes]:
        """Calls, ticks, stack, output bytes, first data."""
        answer = self.answer(RUN, struct.pack("<BBI", model, flags, sample))
        assert struct.unpack_from("<BBI", answer) == (model, flags, sample)
        calls, ticks, stack, size = struct.unpack_from("<IQII", answer, 6)
        return calls, ticks, stack, size, answer[26:]

    def burn(self, turns: int) -> int:
        """Ticks of the loop of known length."""
        self.send(2, turns, struct.pack("<I", turns), 4)
        _, ticks, _, size, data = self.run(BURN, turns)
        assert (size, data) == (4, bytes(4))
        return ticks

    def window(self, model: int, sample: int, invocations: int) -> int:
        """Ticks of so many invocations back-to-back."""
        head = struct.pack("<BBII", model, 0, sample, invocations)
        reply = self.answer(WINDOW, head)
        assert reply[: len(head)] == head
        return int(struct.unpack("<Q", reply[len(head) :])[0])
