"""The firmware's frame codec against the `cobs` package and zlib, under ASan and UBSan."""

from __future__ import annotations

import struct
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from cobs import cobs
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
LINK = ROOT / "firmware" / "lib" / "link" / "src"
DRIVER = Path(__file__).with_name("frame_driver.c")
OVERHEAD = 10
ROOM = 700
BROKEN = (0xFF, 0xFFFF, b"")

Frame = tuple[int, int, bytes]

payloads = st.one_of(
    st.binary(max_size=ROOM),
    st.lists(st.sampled_from([0, 1, 0xFF]), max_size=ROOM).map(bytes),
    st.integers(240, ROOM).map(lambda count: bytes([7] * count)),
)
frames = st.tuples(st.integers(0, 0xFE), st.integers(0, 0xFFFF), payloads)


def body_of(frame: Frame, version: int = 1) -> bytes:
    kind, sequence, payload = frame
    body = struct.pack("<BBHH", version, kind, sequence, len(payload)) + payload
    return body + struct.pack("<I", zlib.crc32(body))


def encode(frame: Frame) -> bytes:
    encoded: bytes = cobs.encode(body_of(frame))
    return b"\0" + encoded + b"\0"


def decode(line: bytes) -> list[Frame]:
    """What the codec sent: every piece between zeros has to be a frame."""
    assert not line or (line[0] == 0 and line[-1] == 0)
    found = []
    for piece in filter(None, line.split(b"\0")):
        data = cobs.decode(piece)
        version, kind, sequence, length = struct.unpack_from("<BBHH", data)
        assert version == 1
        assert data == body_of((kind, sequence, data[6:-4]))
        assert length == len(data) - OVERHEAD
        found.append((kind, sequence, data[6:-4]))
    return found


class Codec:
    def __init__(self, program: Path) -> None:
        self.process = subprocess.Popen(
            [str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def raw(self, line: bytes, room: int = ROOM) -> bytes:
        """What the codec sends when it is fed `line` with a buffer for `room` payload bytes."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(struct.pack("<HI", OVERHEAD + room, len(line)) + line)
        self.process.stdin.flush()
        head = self.process.stdout.read(4)
        assert len(head) == 4, "the codec died: see the sanitizer's report"
        return self.process.stdout.read(int.from_bytes(head, "little"))

    def feed(self, line: bytes, room: int = ROOM) -> list[Frame]:
        return decode(self.raw(line, room))


@pytest.fixture(scope="module")
def codec(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Codec]:
    program = tmp_path_factory.mktemp("frame") / "frame_driver"
    flags = ["-std=c99", "-O1", "-g", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
    checks = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    sources = [str(DRIVER), str(LINK / "frame.c")]
    subprocess.run(["gcc", *flags, *checks, f"-I{LINK}", *sources, "-o", str(program)], check=True)
    codec = Codec(program)
    yield codec
    assert codec.process.stdin is not None
    codec.process.stdin.close()
    assert codec.process.wait(timeout=10) == 0


@settings(max_examples=300, deadline=None)
@given(frame=frames)
def test_round_trip_is_byte_for_byte_what_python_sends(codec: Codec, frame: Frame) -> None:
    assert codec.raw(encode(frame)) == encode(frame)


@settings(max_examples=100, deadline=None)
@given(several=st.lists(frames, max_size=5), zeros=st.integers(0, 3))
def test_frames_in_a_row(codec: Codec, several: list[Frame], zeros: int) -> None:
    line = bytes(zeros).join(encode(frame) for frame in several)
    assert codec.feed(line) == several


@settings(max_examples=200, deadline=None)
@given(garbage=st.binary(max_size=2 * ROOM), frame=frames)
def test_resync_after_garbage(codec: Codec, garbage: bytes, frame: Frame) -> None:
    pieces = [piece for piece in garbage.split(b"\0") if piece]
    assert codec.feed(garbage + encode(frame)) == [BROKEN] * len(pieces) + [frame]


@settings(max_examples=100, deadline=None)
@given(frame=frames, after=frames, data=st.data())
def test_truncated_frame(codec: Codec, frame: Frame, after: Frame, data: st.DataObject) -> None:
    whole = encode(frame)
    cut = data.draw(st.integers(2, len(whole) - 2))
    assert codec.feed(whole[:cut] + encode(after)) == [BROKEN, after]


@settings(max_examples=100, deadline=None)
@given(
    head=st.tuples(st.integers(0, 0xFE), st.integers(0, 0xFFFF)),
    room=st.integers(0, 40),
    excess=st.integers(-3, 600),
    fill=st.integers(0, 255),
)
def test_buffer_is_used_to_the_last_byte_and_no_further(
    codec: Codec, head: tuple[int, int], room: int, excess: int, fill: int
) -> None:
    payload = bytes([fill] * max(0, room + excess))
    small = (1, 2, b"")
    expected = BROKEN if len(payload) > room else (*head, payload)
    assert codec.feed(encode((*head, payload)) + encode(small), room) == [expected, small]


def test_every_flipped_byte_is_rejected(codec: Codec) -> None:
    frame = (0x84, 0x1234, bytes(range(256)) * 2)
    body = body_of(frame)
    for at in range(len(body)):
        for flip in (0x01, 0x80, 0xFF):
            damaged = bytearray(body)
            damaged[at] ^= flip
            line = b"\0" + cobs.encode(bytes(damaged)) + b"\0"
            assert codec.feed(line) == [BROKEN], (at, flip)


def test_every_flipped_byte_on_the_wire_is_rejected(codec: Codec) -> None:
    frame = (0x04, 7, bytes(range(40)))
    whole = encode(frame)
    for at in range(1, len(whole) - 1):
        for flip in range(1, 256):
            damaged = bytearray(whole)
            damaged[at] ^= flip
            assert frame not in codec.feed(bytes(damaged)), (at, flip)


def test_wrong_version_and_wrong_length_are_rejected(codec: Codec) -> None:
    def line(body: bytes) -> bytes:
        encoded: bytes = cobs.encode(body + struct.pack("<I", zlib.crc32(body)))
        return b"\0" + encoded + b"\0"

    assert codec.feed(line(struct.pack("<BBHH", 1, 5, 6, 2) + b"ab")) == [(5, 6, b"ab")]
    for body in (
        struct.pack("<BBHH", 0, 5, 6, 2) + b"ab",
        struct.pack("<BBHH", 2, 5, 6, 2) + b"ab",
        struct.pack("<BBHH", 1, 5, 6, 1) + b"ab",
        struct.pack("<BBHH", 1, 5, 6, 3) + b"ab",
        struct.pack("<BBH", 1, 5, 6),
        b"",
    ):
        assert codec.feed(line(body)) == [BROKEN], body
