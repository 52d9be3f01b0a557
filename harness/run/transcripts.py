"""Transcripts of connections, kept beside the logs: of those that failed, or of all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import EnergyError, ImplausibleFigure, LinkError, TargetError
from harness.link.session import Session

OF_BOARDS = (LinkError, TargetError, ImplausibleFigure, EnergyError)
SUFFIX = ".line"
MOST = 8  # files of one image in one run; later connections replace the last


class TranscriptKeeper:
    """Writes what went over the line of one connection to `folder`/`name`-N.line."""

    def __init__(self, folder: Path, name: str, *, keep_all: bool) -> None:
        self.session: Session | None = None
        self._folder = folder
        self._name = name
        self._keep_all = keep_all

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the transcript where the board or its line is at fault; the error's hint names the
        file."""
        try:
            yield
        except OF_BOARDS as error:
            text = self._heard(error)
            if text is not None:
                note = f"the line: {self._write(text)}"
                error.hint = f"{error.hint}; {note}" if error.hint else note
            raise
        if self._keep_all and self.session is not None:
            self._write(self.session.transcript.text())

    def _heard(self, error: BaseException | None) -> str | None:
        """Return the transcript of the error or of the one that caused it, else the session's."""
        while error is not None:
            if isinstance(error, LinkError) and error.transcript is not None:
                return error.transcript()
            error = error.__cause__
        return None if self.session is None else self.session.transcript.text()

    def _write(self, text: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        paths = [self._folder / f"{self._name}-{number}{SUFFIX}" for number in range(1, MOST + 1)]
        path = next((path for path in paths if not path.exists()), paths[-1])
        path.write_text(text, encoding="utf-8")
        return path
