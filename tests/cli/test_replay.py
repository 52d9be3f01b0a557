from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from harness.cli import app
from harness.link.frame import Frame, encode
from harness.link.messages import Request
from harness.link.transcript import Transcript


def test_a_transcript_is_printed_as_the_parser_understands_it(tmp_path: Path) -> None:
    transcript = Transcript("desk")
    transcript.sent(encode(Frame(Request.MODEL, 7, b"\1")))
    transcript.received(b"\0[red]boot\x1b[31m\0")
    transcript.received(encode(Frame(0xFF, 7, bytes([Request.MODEL, 3]))))
    file = tmp_path / "a.line"
    file.write_text(transcript.text(), encoding="ascii")
    done = CliRunner().invoke(app, ["replay", str(file)])
    assert done.exit_code == 0, done.output
    request, banner, error, summary = done.output.splitlines()
    assert request.endswith("> MODEL #7: model 1")
    assert banner.endswith("< broken: 5b 72 65 64 5d 62 6f 6f 74 1b 5b 33 31 6d")
    assert error.endswith("< ERROR #7: to type 0x02: no such model")
    assert summary == "1 requests, 0 repeated, 0 answered, 1 errors, 1 broken pieces"
