from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.errors import HarnessError, ImplausibleFigure, LinkError, TargetError
from harness.link.session import Session
from harness.run import Interrupted
from harness.run.transcripts import MOST, TranscriptKeeper


def keeper(folder: Path, text: str | None = None, *, keep_all: bool = False) -> TranscriptKeeper:
    made = TranscriptKeeper(folder, "run-1", keep_all=keep_all)
    if text is not None:
        transcript = SimpleNamespace(text=lambda: text)
        made.session = cast(Session, SimpleNamespace(transcript=transcript))
    return made


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.glob("*"))}


def test_a_failure_names_the_file(tmp_path: Path) -> None:
    with (
        pytest.raises(ImplausibleFigure, match=rf"no; look; the line: {tmp_path}/run-1-1.line$"),
        keeper(tmp_path, "heard").kept(),
    ):
        raise ImplausibleFigure("no", hint="look")
    assert files(tmp_path) == {"run-1-1.line": "heard"}


def test_the_transcript_of_a_connection_that_was_never_made_comes_with_its_error(
    tmp_path: Path,
) -> None:
    silent = LinkError("silent")
    silent.transcript = lambda: "hello, hello"

    def recover() -> Any:
        raise TargetError("silent (tried: reset)") from silent

    with pytest.raises(TargetError), keeper(tmp_path).kept():
        recover()
    assert files(tmp_path) == {"run-1-1.line": "hello, hello"}


@pytest.mark.parametrize("error", [Interrupted("stop"), TargetError("no board"), None])
def test_nothing_is_kept_where_nothing_was_heard_or_failed(
    error: HarnessError | None, tmp_path: Path
) -> None:
    text = "heard" if not isinstance(error, TargetError) else None
    try:
        with keeper(tmp_path, text).kept():
            if error is not None:
                raise error
    except HarnessError:
        assert error is not None
    assert files(tmp_path) == {}


def test_all_are_kept_on_request_up_to_a_number(tmp_path: Path) -> None:
    for number in range(MOST + 3):
        with keeper(tmp_path, str(number), keep_all=True).kept():
            pass
    kept = files(tmp_path)
    assert len(kept) == MOST
    assert kept["run-1-1.line"] == "0"
    assert kept[f"run-1-{MOST}.line"] == str(MOST + 2)
