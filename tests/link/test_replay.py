"""A session with noise, kept and understood again."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import InputError
from harness.link.frame import Frame
from harness.link.replay import describe, summarise, understand
from harness.link.transcript import FIRST, read_transcript
from tests.link.test_exchange import NOISE, Board
from tests.link.test_session import BUILD, session_with


def test_a_session_is_understood_again(tmp_path: Path) -> None:
    device = Board(payload=64, output=50)
    session = session_with(device)
    session.hello(within_s=1)
    device.fault = lambda turn, wire: wire[:6] + b"\0" + wire[7:] if turn == 2 else NOISE + wire
    session.send_sample(0, 7, bytes(60))
    session.run(0, 7)
    file = tmp_path / "a.line"
    file.write_text(session.transcript.text(), encoding="ascii")
    items = list(understand(read_transcript(file)))
    texts = [item.text.split("#")[0] + item.text.partition(": ")[2] for item in items if item.frame]
    assert texts[:2] == [
        "HELLO " + device.requests[0].payload.hex(" "),
        f"HELLO reply build {BUILD}, 2 models, payload 64 B, core 'avr5', counter 'timer1' at "
        "16000000 Hz, clock 16000000 Hz, arena 352 B, free RAM None",
    ]
    assert "INPUT encoding 0, sample 7, 23 B from 0" in texts
    assert "INPUT reply sample 7, 23 B received" in texts
    assert "RUN model 0, flags 0, sample 7, at most 6 B" in texts
    assert (
        "RUN reply model 0, flags 0, sample 7, call 1, 1234 ticks, stack None, 6 of 50 B" in texts
    )
    assert "OUTPUT model 0, from 6, at most 27 B" in texts
    found = summarise(items)
    assert found.requests == found.answered + 1  # the chunk that was cut anew
    assert (found.repeated, found.errors) == (0, 0)
    assert found.broken >= 10


def test_what_is_no_frame_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "a.line"
    lines = [FIRST, "device desk", "dropped 0", "0.5 < " + b"\0ets Jul 29 2019\r\n\0".hex()]
    file.write_text("\n".join(lines), encoding="ascii")
    (banner,) = understand(read_transcript(file))
    assert (banner.frame, banner.text) == (None, r"broken: text 'ets Jul 29 2019\r\n'")


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (Frame(0xFF, 65535, b"\0\6"), "ERROR #65535: to type 0x00: bad frame"),
        (Frame(0xFF, 3, b"x"), "ERROR #3: malformed: text 'x'"),
        (Frame(0x77, 1, b""), "type 0x77 #1"),
        (Frame(0x84, 1, b"\1"), "RUN reply #1: malformed (unpack_from requires"),
        (Frame(0x86, 1, bytes([1, *bytes(7), 2, *bytes(7)])), "BRACKET reply #1: 1 to 2 ticks"),
    ],
)
def test_frames_in_words(frame: Frame, text: str) -> None:
    assert describe(frame).startswith(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not a transcript"),
        (f"{FIRST}\na\nb\n0.1 > xx", "line 4 is damaged"),
        (f"{FIRST}\na\nb\n0.1 ? 00", "line 4 is damaged"),
        (f"{FIRST}\na\nb\n> 00", "line 4 is damaged"),
    ],
)
def test_a_damaged_transcript_is_an_input_error(text: str, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "a.line"
    file.write_text(text, encoding="ascii")
    with pytest.raises(InputError, match=problem):
        read_transcript(file)
    with pytest.raises(InputError, match="cannot be read"):
        read_transcript(tmp_path)
