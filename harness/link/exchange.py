"""One request and its reply over a line that damages, loses, delays and repeats bytes."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

import serial

from harness.errors import LinkError, RequestRefused
from harness.link import messages
from harness.link.adaptive import LEAST_PATIENCE, Durations, FrameSize
from harness.link.deadline import Deadline, Patience
from harness.link.frame import Frame, Splitter, decode, encode
from harness.link.messages import ErrorCode
from harness.link.transcript import Transcript
from harness.link.transport import LINE_ERRORS

BROKEN_S = 1.0  # time for a dying simulator to end
CAMERA_HINT = "is a camera of docs/boards/ plugged in?"

CheckAlive = Callable[[float], None]
Accept = Callable[[bytes], bool]
E = TypeVar("E", bound=LinkError)


@dataclass(frozen=True)
class Wait:
    """Time limits of one request in seconds.

    `retry`: a try of a request that was not answered before; `silence`: without a right frame from
    the device; `limit`: all tries together.
    """

    retry: float
    silence: float
    limit: float
    computes: Hashable = None  # what a request of unknown time computes: its tries get longer
    once: bool = False  # the request must not be repeated


@dataclass(frozen=True)
class Answer:
    """A reply: the payload of the request that it answers, its own, and the tries it took."""

    asked: bytes
    payload: bytes
    tries: int


def _any(payload: bytes) -> bool:  # noqa: ARG001
    return True


class Exchange:
    """The frames of a session; requests are repeated until answered (docs/protocol.md).

    `check_alive(wait_s)` is called while waiting and may raise (a simulator that died). On a broken
    line it gets `wait_s` seconds to see the end of the simulator.
    """

    def __init__(self, line: serial.Serial, name: str, check_alive: CheckAlive) -> None:
        self.name = name
        self.size = FrameSize(messages.LEAST_MAX_PAYLOAD)
        self.retries = 0
        self.transcript = Transcript(name)
        self._line = line
        self._check_alive = check_alive
        self._durations = Durations()
        self._splitter = Splitter()
        self._frames: list[Frame] = []
        self._owed = Deadline(0)  # the device may be busy until then with requests sent again
        self._trouble = False  # a broken frame came, or the device reported one
        # Random, so that no reply of an earlier session matches.
        self._sequence = secrets.randbelow(messages.BAD_FRAME_SEQUENCE)

    def ask(
        self,
        kind: IntEnum,
        request: Callable[[], bytes],
        wait: Wait,
        accept: Accept = _any,
    ) -> Answer:
        """Return the reply to a request; `request` makes the payload of each try.

        Replies that `accept` rejects are ignored. Raises LinkError where none comes in time,
        RequestRefused where the device refuses the request.
        """
        owed_s = self._owed.left()
        began = time.monotonic()
        patience = Patience(wait.silence + owed_s, wait.limit + owed_s)
        key = (kind, wait.computes)
        least_s = wait.retry * (1 if wait.computes else LEAST_PATIENCE)
        retry_s = self._durations.patience_s(key, wait.retry, least_s) + owed_s
        asked: bytes | None = None
        tries = 0
        while tries == 0 or not (patience.passed or wait.once):
            payload = request()
            if payload != asked:
                self._sequence = (self._sequence + 1) % messages.BAD_FRAME_SEQUENCE
                asked = payload
            tries += 1
            self.retries += tries > 1
            self._write(encode(Frame(kind, self._sequence, payload)))
            settle_s = self._durations.settle_s(key)
            if wait.once:
                retry_s = settle_s = patience.left()
            reply = self._await(kind, accept, patience, retry_s, settle_s)
            if reply is not None:
                seconds = time.monotonic() - began
                if tries == 1:
                    self._durations.note(key, seconds)
                self.size.answered(tries)
                if wait.computes:
                    self._owed = Deadline((tries - 1) * seconds)
                return Answer(payload, reply, tries)
            self.size.failed()
            retry_s *= 2 if wait.computes else 1
        raise self.error(
            f"no answer to {kind.name} after {tries} {'tries' if tries > 1 else 'try'}",
            hint="reset the board, or flash it again",
        )

    def error(self, what: str, *, hint: str = "") -> LinkError:
        """Return an error of this line, with what went over it."""
        return self._with_transcript(LinkError(what, where=self.name, hint=hint))

    def _await(
        self, kind: IntEnum, accept: Accept, patience: Patience, retry_s: float, settle_s: float
    ) -> bytes | None:
        """Return the reply's payload, None where the request has to be sent again.

        After trouble the reply may still follow: the line has to be silent for `settle_s` first.
        """
        until = patience.limit.sooner(retry_s)
        quiet = Deadline(settle_s)
        self._trouble = False
        while not (until.passed or patience.passed):
            if self._receive():
                quiet = Deadline(settle_s)
            while self._frames:
                frame = self._frames.pop(0)
                patience.renew()
                if frame.type == messages.ERROR_REPLY:
                    if frame.sequence == self._sequence and frame.payload[:1] == bytes([kind]):
                        self._refused(kind, frame.payload)
                    self._trouble |= frame.sequence == messages.BAD_FRAME_SEQUENCE
                elif (
                    frame.sequence == self._sequence
                    and frame.type == kind | messages.REPLY
                    and accept(frame.payload)
                ):
                    return frame.payload
            if self._trouble and quiet.passed:
                return None
        return None

    def _receive(self) -> bool:
        """Read what has come, waiting for it for a moment; return True if anything came."""
        try:
            data = bytes(self._line.read(max(1, self._line.in_waiting)))
        except LINE_ERRORS as error:
            self._check_alive(BROKEN_S)
            raise self.error(f"the line broke: {error}", hint="check the cable") from error
        if not data:
            self._check_alive(0)
            return False
        self.transcript.received(data)
        for piece in self._splitter.feed(data):
            frame = decode(piece)
            if frame is None:
                self._trouble = True
            else:
                self._frames.append(frame)
        return True

    def _write(self, wire: bytes) -> None:
        self.transcript.sent(wire)
        try:
            self._line.write(wire)
        except LINE_ERRORS as error:
            self._check_alive(BROKEN_S)
            raise self.error(
                f"cannot write to the line: {error}", hint="check the cable"
            ) from error

    def _refused(self, kind: IntEnum, payload: bytes) -> None:
        code = payload[1] if len(payload) == messages.ERROR.size else 0
        known = {int(item): item.name.replace("_", " ").lower() for item in ErrorCode}
        error = RequestRefused(
            f"the device refused {kind.name}: {known.get(code, f'code {code}')}",
            where=self.name,
            hint=CAMERA_HINT if code == ErrorCode.CAMERA_FAILED else "",
        )
        error.code = code
        raise self._with_transcript(error)

    def _with_transcript(self, error: E) -> E:
        error.transcript = self.transcript.text
        return error
