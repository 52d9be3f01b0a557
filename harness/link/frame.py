"""Frames of the link: COBS, sequence number, CRC-32. docs/protocol.md is the definition."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

from cobs import cobs

VERSION = 1
HEADER = struct.Struct("<BBHH")
CRC = struct.Struct("<I")
OVERHEAD = HEADER.size + CRC.size
DELIMITER = b"\x00"


@dataclass(frozen=True)
class Frame:
    """One decoded frame: `type` 0..255, `sequence` 0..65535, `payload` up to 65535 bytes."""

    type: int
    sequence: int
    payload: bytes


def encode(frame: Frame) -> bytes:
    """Return the bytes on the wire, delimiters included."""
    body = HEADER.pack(VERSION, frame.type, frame.sequence, len(frame.payload)) + frame.payload
    encoded: bytes = cobs.encode(body + CRC.pack(zlib.crc32(body)))
    return DELIMITER + encoded + DELIMITER


def decode(piece: bytes) -> Frame | None:
    """Return the frame between two delimiters, None where it is malformed."""
    try:
        data = cobs.decode(piece)
    except cobs.DecodeError:
        return None
    if len(data) < OVERHEAD:
        return None
    body, (crc,) = data[: -CRC.size], CRC.unpack(data[-CRC.size :])
    version, kind, sequence, length = HEADER.unpack_from(body)
    if version != VERSION or length != len(body) - HEADER.size or crc != zlib.crc32(body):
        return None
    return Frame(kind, sequence, body[HEADER.size :])


class Splitter:
    """Cuts a byte stream at its delimiters. Its buffer is bounded: garbage cannot fill memory."""

    def __init__(self, limit: int = 1 << 17) -> None:
        self._pending = bytearray()
        self._limit = limit

    def feed(self, data: bytes) -> list[bytes]:
        """Return the non-empty pieces that `data` completes, in order."""
        self._pending += data
        *pieces, rest = self._pending.split(DELIMITER)
        self._pending = rest[-self._limit :]
        return [bytes(piece) for piece in pieces if piece]
