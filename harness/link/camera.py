"""Frames of a device's own camera over the link: docs/protocol.md, "Camera"."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Self

from harness.errors import LinkError
from harness.link.session import Session

OPEN_S = 40.0  # a sensor takes some seconds to be set up
GRAB_S = 60.0  # its first frames are thrown away, and a simulator may be slow

NUMBER = struct.Struct("<I")  # of the frame, in GRAB, FRAME and SAMPLE


class CameraRequest(IntEnum):
    """Request types of images with a camera."""

    CAMERA = 0x10
    GRAB = 0x11
    FRAME = 0x12
    SAMPLE = 0x13


@dataclass(frozen=True)
class CameraInfo:
    """Source of the frames: width and height in pixels, `source` ("test pattern" without a sensor),
    and the clock that times grabs, in Hz and by name."""

    width: int
    height: int
    clock_hz: int
    source: str
    clock: str

    LAYOUT: ClassVar = struct.Struct("<HHI")

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read a CAMERA reply. Raises struct.error or ValueError on a malformed payload."""
        width, height, clock_hz = cls.LAYOUT.unpack_from(payload)
        texts = payload[cls.LAYOUT.size :].split(b"\0")
        source, clock = (text.decode("utf-8") for text in texts[:2])
        return cls(width, height, clock_hz, source, clock)


@dataclass(frozen=True)
class Grabbed:
    """A frame in the device's memory; the model's input made of it is in the sample buffer.

    `grab_ticks` are of the camera's clock (CameraInfo), `prepare_ticks` of the port's counter.
    """

    number: int
    grab_ticks: int
    prepare_ticks: int

    LAYOUT: ClassVar = struct.Struct("<IQQ")

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read a GRAB reply. Raises struct.error on a malformed payload."""
        return cls(*cls.LAYOUT.unpack(payload))


class CameraLink:
    """The camera behind a session; `name` is the device's in messages."""

    def __init__(self, session: Session, name: str) -> None:
        self._session = session
        self._name = name

    def open(self) -> CameraInfo:
        """Start the camera anew. Raises LinkError where it does not answer."""
        return self._session.ask(CameraRequest.CAMERA, b"", CameraInfo.parse, OPEN_S)

    def grab(self, number: int) -> Grabbed:
        """Take frame `number` and make the model's input of it; `run` may follow."""
        request = NUMBER.pack(number)
        grabbed = self._session.ask(CameraRequest.GRAB, request, Grabbed.parse, GRAB_S)
        if grabbed.number != number:
            raise LinkError("the device grabbed another frame", where=self._name)
        return grabbed

    def frame(self, number: int, size: int) -> bytes:
        """Return the `size` bytes of the frame as the camera gave it, rows from the top."""
        return self._session.read(CameraRequest.FRAME, NUMBER.pack(number), size)

    def input(self, number: int, size: int) -> bytes:
        """Return the `size` bytes of the model's input that the device made of the frame."""
        return self._session.read(CameraRequest.SAMPLE, NUMBER.pack(number), size)
