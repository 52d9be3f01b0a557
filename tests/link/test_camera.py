"""The camera's exchanges against a device of the test, over real frames."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import LinkError
from harness.link import messages
from harness.link.camera import NUMBER, CameraInfo, CameraLink, CameraRequest, Grabbed
from harness.link.frame import Frame, Splitter, decode, encode
from tests.link.test_session import Device, session_with

FRAME = bytes(range(200))
INPUT = bytes(range(100, 164))
CHUNK = 48
PART = struct.Struct("<II")  # number, offset


class Camera(Device):
    """A device that holds FRAME and INPUT; `wrong` says what it does wrong."""

    def __init__(self, wrong: str = "") -> None:
        super().__init__()
        self.wrong = wrong

    def answer(self, frame: Frame) -> bytes:
        payload = frame.payload
        match frame.type:
            case CameraRequest.CAMERA:
                return CameraInfo.LAYOUT.pack(20, 10, 1000) + b"test pattern\0micros\0"
            case CameraRequest.GRAB:
                (number,) = NUMBER.unpack(payload)
                return Grabbed.LAYOUT.pack(number + (self.wrong == "number"), 2**40 + 5, 77)
            case CameraRequest.FRAME | CameraRequest.SAMPLE:
                _, offset = PART.unpack(payload)
                held = FRAME if frame.type == CameraRequest.FRAME else INPUT
                if self.wrong == "empty":
                    return payload
                if self.wrong == "offset":
                    return PART.pack(0, offset + 1) + held[offset : offset + CHUNK]
                return payload + held[offset : offset + CHUNK]
            case _:
                return super().answer(frame)


def link_to(device: Camera) -> CameraLink:
    return CameraLink(session_with(device), "desk")


def test_open_tells_size_source_and_clock() -> None:
    assert link_to(Camera()).open() == CameraInfo(20, 10, 1000, "test pattern", "micros")


def test_grab_gives_both_times() -> None:
    assert link_to(Camera()).grab(3) == Grabbed(3, 2**40 + 5, 77)


def test_frame_and_input_are_put_together() -> None:
    device = Camera()
    link = link_to(device)
    assert link.frame(3, len(FRAME)) == FRAME
    assert link.input(3, len(INPUT)) == INPUT
    asked = [(each.type, *PART.unpack(each.payload)) for each in device.requests]
    frame = [(CameraRequest.FRAME, 3, offset) for offset in range(0, 200, CHUNK)]
    assert asked == [*frame, (CameraRequest.SAMPLE, 3, 0), (CameraRequest.SAMPLE, 3, CHUNK)]


@pytest.mark.parametrize("wrong", ["empty", "offset"])
def test_another_part_is_refused(wrong: str) -> None:
    with pytest.raises(LinkError, match="another part of FRAME"):
        link_to(Camera(wrong)).frame(0, len(FRAME))


def test_more_than_was_announced_is_refused() -> None:
    with pytest.raises(LinkError, match="SAMPLE is longer than announced"):
        link_to(Camera()).input(0, 50)


def test_another_frame_is_refused() -> None:
    with pytest.raises(LinkError, match="grabbed another frame"):
        link_to(Camera("number")).grab(3)


def test_a_camera_that_fails_is_named() -> None:
    class Blind(Camera):
        def write(self, data: bytes) -> int:
            (frame,) = (decode(piece) for piece in Splitter().feed(data))
            assert frame is not None
            self._out += messages_error(CameraRequest.CAMERA, 8, frame.sequence)
            return len(data)

    device = Blind()
    session = session_with(device)
    with pytest.raises(LinkError, match=r"refused CAMERA: camera failed; is a camera of"):
        CameraLink(session, "desk").open()


def messages_error(kind: CameraRequest, code: int, sequence: int) -> bytes:
    return encode(Frame(messages.ERROR_REPLY, sequence, messages.ERROR.pack(kind, code)))


@given(number=st.integers(0, 2**32 - 1), grab=st.integers(0, 2**64 - 1), rest=st.binary(max_size=3))
def test_grab_replies_have_one_length(number: int, grab: int, rest: bytes) -> None:
    payload = Grabbed.LAYOUT.pack(number, grab, 9)
    assert Grabbed.parse(payload) == Grabbed(number, grab, 9)
    if rest:
        with pytest.raises(struct.error, match="unpack requires"):
            Grabbed.parse(payload + rest)


@pytest.mark.parametrize(
    "payload", [b"", b"\1\0\1\0", b"\1\0\1\0\1\0\0\0name", b"\0" * 8 + b"\xff\0"]
)
def test_malformed_camera_replies_are_refused(payload: bytes) -> None:
    with pytest.raises((struct.error, ValueError), match=r"unpack|decode"):
        CameraInfo.parse(payload)
