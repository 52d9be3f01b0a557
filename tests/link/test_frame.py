import zlib

import pytest
from cobs import cobs
from hypothesis import given
from hypothesis import strategies as st

from harness.link.frame import Frame, Splitter, decode, encode

frames = st.builds(
    Frame,
    type=st.integers(0, 255),
    sequence=st.integers(0, 65535),
    payload=st.binary(max_size=700),
)


def test_known_bytes_on_the_wire() -> None:
    body = bytes([1, 0x01, 0x02, 0x01, 4, 0]) + b"\x00abc"
    expected = b"\0" + cobs.encode(body + zlib.crc32(body).to_bytes(4, "little")) + b"\0"
    assert encode(Frame(0x01, 0x0102, b"\x00abc")) == expected


@given(st.lists(frames, max_size=5), st.binary(max_size=50), st.integers(1, 50))
def test_frames_survive_garbage_and_any_chunking(
    sent: list[Frame], garbage: bytes, size: int
) -> None:
    stream = garbage + b"".join(encode(frame) for frame in sent)
    splitter = Splitter()
    got = []
    for start in range(0, len(stream), size):
        got += [decode(piece) for piece in splitter.feed(stream[start : start + size])]
    valid = [frame for frame in got if frame is not None]
    assert valid[len(valid) - len(sent) :] == sent


@given(frames, st.data())
def test_one_changed_byte_is_never_accepted(frame: Frame, data: st.DataObject) -> None:
    piece = bytearray(encode(frame)[1:-1])
    place = data.draw(st.integers(0, len(piece) - 1))
    value = data.draw(st.integers(1, 255).filter(lambda value: value != piece[place]))
    piece[place] = value
    assert decode(bytes(piece)) != frame
    assert decode(bytes(piece)) is None


@pytest.mark.parametrize("cut", [0, 1, 5, 9])
def test_short_pieces_are_rejected(cut: int) -> None:
    assert decode(encode(Frame(1, 1, b""))[1:-1][:cut]) is None


def test_another_version_is_rejected() -> None:
    body = bytes([2, 1, 0, 0, 0, 0])
    assert decode(cobs.encode(body + zlib.crc32(body).to_bytes(4, "little"))) is None


def test_the_splitter_forgets_endless_garbage() -> None:
    splitter = Splitter(limit=100)
    for _ in range(50):
        assert splitter.feed(b"x" * 1000) == []
    assert len(splitter._pending) == 100
    assert splitter.feed(b"\0ab\0") == [b"x" * 100, b"ab"]
