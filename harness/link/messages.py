"""Payloads of the link's requests and replies. docs/protocol.md is the definition."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Self

UNKNOWN = 0xFFFFFFFF
REPLY = 0x80
BAD_FRAME_SEQUENCE = 0xFFFF
MOST_CHIP_BYTES = 16
LEAST_MAX_PAYLOAD = 64  # that a device has to take


class Request(IntEnum):
    """Request types; a reply's type has bit 7 set as well."""

    HELLO = 0x01
    MODEL = 0x02
    INPUT = 0x03
    RUN = 0x04
    OUTPUT = 0x05
    BRACKET = 0x06
    PREPARE = 0x07
    WINDOW = 0x08


ERROR_REPLY = 0xFF


class ErrorCode(IntEnum):
    """Codes of a device that cannot serve a request."""

    UNKNOWN_TYPE = 1
    BAD_LENGTH = 2
    NO_SUCH_MODEL = 3
    NO_SUCH_SAMPLE = 4
    TOO_LARGE = 5
    BAD_FRAME = 6
    MODEL_NOT_READY = 7
    CAMERA_FAILED = 8
    STATE_LOST = 9


def _optional(value: int) -> int | None:
    return None if value == UNKNOWN else value


@dataclass(frozen=True)
class Hello:
    """A device's description of itself. Clocks in Hz, sizes in bytes, None where unknown."""

    nonce: int
    max_payload: int
    models: int
    build_id: str
    clock_hz: int
    counter_hz: int
    free_ram: int | None
    arena: int
    core: str
    counter: str
    firmware: str
    chip: str = ""  # the chip's own number in hexadecimal digits, empty where it has none

    LAYOUT: ClassVar = struct.Struct("<IHB8sIIII")

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read a HELLO reply. Raises struct.error or ValueError on a malformed payload."""
        nonce, most, models, build, clock, counter, free, arena = cls.LAYOUT.unpack_from(payload)
        *texts, chip = payload[cls.LAYOUT.size :].split(b"\0", 3)
        core, name, firmware = (text.decode("utf-8") for text in texts)
        return cls(
            nonce=nonce,
            max_payload=most,
            models=models,
            build_id=build.hex(),
            clock_hz=clock,
            counter_hz=counter,
            free_ram=_optional(free),
            arena=arena,
            core=core,
            counter=name,
            firmware=firmware,
            chip=chip[:MOST_CHIP_BYTES].hex(),
        )


@dataclass(frozen=True)
class ModelInfo:
    """One line of the device's model table; sizes in bytes.

    `tensors`: sizes of inputs, then outputs, as many as the reply holds, of images with a model of
    several.
    """

    index: int
    crc32: int
    encoding: int
    input_bytes: int
    output_bytes: int
    arena_bytes: int
    name: str
    tensors: tuple[int, ...] = ()

    LAYOUT: ClassVar = struct.Struct("<BIBIII")

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read a MODEL reply. Raises struct.error or ValueError on a malformed payload."""
        index, crc, encoding, inputs, outputs, arena = cls.LAYOUT.unpack_from(payload)
        name, _, rest = payload[cls.LAYOUT.size :].partition(b"\0")
        sizes = rest[2:]  # behind the numbers of inputs and outputs
        tensors = struct.unpack_from(f"<{len(sizes) // 4}I", sizes)
        return cls(index, crc, encoding, inputs, outputs, arena, name.decode("utf-8"), tensors)


@dataclass(frozen=True)
class RunResult:
    """One run of one model: `calls` counts since boot (1 = cold), `stack` bytes or None.

    `seconds` passed on the host from the request to its answer, infinite where not timed. `resets`
    of the device were seen in the session so far, `tries` it took.
    """

    model: int
    flags: int
    sample: int
    calls: int
    ticks: int
    stack: int | None
    output_bytes: int
    data: bytes
    seconds: float = math.inf
    resets: int = 0
    tries: int = 1

    LAYOUT: ClassVar = struct.Struct("<BBIIQII")

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read a RUN reply. Raises struct.error on a malformed payload."""
        model, flags, sample, calls, ticks, stack, size = cls.LAYOUT.unpack_from(payload)
        data = payload[cls.LAYOUT.size :]
        return cls(model, flags, sample, calls, ticks, _optional(stack), size, data)


@dataclass(frozen=True)
class Prepared:
    """An interpreter's answer: `status` 0 where the model is ready and uses `used` bytes of arena.

    `message` is the library's own in either case.
    """

    model: int
    status: int
    used: int
    message: str

    LAYOUT: ClassVar = struct.Struct("<BBI")

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read a PREPARE reply. Raises struct.error on a malformed payload."""
        model, status, used = cls.LAYOUT.unpack_from(payload)
        text = payload[cls.LAYOUT.size :].split(b"\0")[0].decode("utf-8", errors="replace")
        return cls(model, status, used, text)


INPUT = struct.Struct("<BII")  # encoding, sample, offset; data follows
INPUT_REPLY = struct.Struct("<II")  # sample, received
RUN = struct.Struct("<BBI")  # model, flags, sample
OFFSET = struct.Struct("<I")  # of data that come in parts
MOST = struct.Struct("<H")  # bytes of data in the reply, at the end of RUN and of requests of parts
BRACKET_REPLY = struct.Struct("<QQ")  # least, greatest ticks
PREPARE = struct.Struct("<BI")  # model, bytes of the arena
WINDOW = struct.Struct("<BBII")  # model, 0, sample, invocations; the reply repeats it before ticks
WINDOW_REPLY = struct.Struct("<BBIIQ")
ERROR = struct.Struct("<BB")  # type of the request, code
MEASURE_STACK = 0x01
KEEP_STATE = 0x02
