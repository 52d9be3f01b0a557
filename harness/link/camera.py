"""Frames of a device's own camera over the link: docs/protocol.md, "Camera"."""

from __future__ import annotations

from harness.errors import LinkError
from harness.link import messages
from harness.link.messages import CameraInfo, Grabbed, Request
from harness.link.session import Session

OPEN_S = 40.0  # a sensor takes some seconds to be set up
GRAB_S = 60.0  # its first frames are thrown away, and a simulator may be slow
PART_S = 8.0


class CameraLink:
    """The camera behind a session; `name` is the device's in messages."""

    def __init__(self, session: Session, name: str) -> None:
        self._session = session
        self._name = name

    def open(self) -> CameraInfo:
        """Start the camera anew. Raises LinkError where it does not answer."""
        return self._session.ask(Request.CAMERA, b"", CameraInfo.parse, OPEN_S)

    def grab(self, number: int) -> Grabbed:
        """Take a frame, called `number`, and make the input of it, on which `run` may follow."""
        request = messages.GRAB.pack(number)
        grabbed = self._session.ask(Request.GRAB, request, Grabbed.parse, GRAB_S)
        if grabbed.number != number:
            raise LinkError("the device grabbed another frame", where=self._name)
        return grabbed

    def frame(self, number: int, size: int) -> bytes:
        """The `size` bytes of the frame as the camera gave it, rows from the top."""
        return self._read(Request.FRAME, number, size)

    def input(self, number: int, size: int) -> bytes:
        """The `size` bytes of the model's input that the device made of the frame."""
        return self._read(Request.SAMPLE, number, size)

    def _read(self, kind: Request, number: int, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            head = messages.PART.pack(number, len(data))
            reply = self._session.ask(kind, head, bytes, PART_S)
            if not reply.startswith(head) or len(reply) == len(head):
                raise LinkError(f"the device sent another part of {kind.name}", where=self._name)
            data += reply[len(head) :]
        if len(data) != size:
            raise LinkError(f"{kind.name} is longer than announced", where=self._name)
        return bytes(data)
