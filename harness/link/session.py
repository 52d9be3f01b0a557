"""A conversation with one device: requests, retries, resynchronisation, overall deadlines."""

from __future__ import annotations

import secrets
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TypeVar

import serial

from harness.errors import LinkError, WrongFirmware
from harness.link import messages
from harness.link.deadline import Deadline
from harness.link.frame import Frame, Splitter, decode, encode
from harness.link.messages import ErrorCode, Hello, ModelInfo, Prepared, Request, RunResult

T = TypeVar("T")

RETRIES = 4
QUICK_S = 1.0  # a request that computes nothing, per try
BROKEN_S = 1.0  # time for a dying simulator to end
CAMERA_HINT = "is a camera of docs/boards/ plugged in?"
RUN_S = 120.0  # one inference, all tries together


@dataclass(frozen=True)
class Timing:
    """Time limits in seconds: `quick` a try of a plain request, `run` of all tries of RUN.

    `clock` is the host's, by which answers are timed.
    """

    quick: float = QUICK_S
    run: float = RUN_S
    clock: Callable[[], float] = time.monotonic


def _nothing(wait_s: float) -> None:  # noqa: ARG001
    return None


class Session:
    """A conversation with the firmware over an open line; requests are repeated until answered.

    `check_alive(wait_s)` is called while waiting and may raise (a simulator that died). On a broken
    line it gets `wait_s` seconds to see the end of the simulator. `retries` counts repeated
    requests; `board` identifies the hardware, empty for simulators.
    """

    def __init__(
        self,
        line: serial.Serial,
        *,
        name: str,
        check_alive: Callable[[float], None] = _nothing,
        timing: Timing | None = None,
        board: str = "",
    ) -> None:
        self.board = board
        self._line = line
        self._name = name
        self._check_alive = check_alive
        self._timing = timing or Timing()
        self._splitter = Splitter()
        self._frames: list[Frame] = []
        self._broken = 0
        self._sequence = 0
        self._max_payload = 64
        self.retries = 0

    def hello(self, *, within_s: float, build_id: str | None = None) -> Hello:
        """Find the device and check that it runs `build_id`.

        Raises LinkError when nothing answers in time, WrongFirmware when another build does.
        """
        deadline = Deadline(within_s)
        while True:
            nonce = secrets.token_bytes(4)
            try:
                payload = self._exchange(Request.HELLO, nonce, Deadline(0.3), tries=1)
            except LinkError as error:
                if deadline.passed:
                    raise LinkError(
                        f"no answer to HELLO within {within_s:g} s",
                        where=self._name,
                        hint="check that the board runs this harness' firmware and the baud rate",
                    ) from error
                continue
            if payload[:4] == nonce:
                break
        hello = self._parsed(Hello.parse, payload)
        if build_id is not None and hello.build_id != build_id:
            raise WrongFirmware(
                f"the device runs build {hello.build_id}, wanted {build_id}",
                where=self._name,
                hint="flash it again",
            )
        self._max_payload = hello.max_payload
        return hello

    @property
    def run_s(self) -> float:
        """Limit in seconds of a request that runs a model."""
        return self._timing.run

    def now(self) -> float:
        """Return the host's monotonic time in seconds."""
        return self._timing.clock()

    def models(self, count: int) -> list[ModelInfo]:
        """Return the device's model table."""
        return [
            self._parsed(ModelInfo.parse, self._quick(Request.MODEL, bytes([index])))
            for index in range(count)
        ]

    def bracket(self, repeats: int = 32) -> tuple[int, int]:
        """Return the least and greatest ticks of `repeats` empty start/stop pairs."""
        payload = self._quick(Request.BRACKET, bytes([repeats]))
        least, greatest = self._parsed(messages.BRACKET_REPLY.unpack, payload)
        return least, greatest

    def prepare(self, model: int, arena_bytes: int, *, within_s: float | None = None) -> Prepared:
        """Have the interpreter set a model up in the first `arena_bytes` (images of tflm)."""
        deadline = Deadline(self._timing.run if within_s is None else within_s)
        payload = self._exchange(
            Request.PREPARE, messages.PREPARE.pack(model, arena_bytes), deadline
        )
        return self._parsed(Prepared.parse, payload)

    def send_sample(self, encoding: int, sample: int, data: bytes) -> None:
        """Put one input into the device's sample buffer, in chunks."""
        room = self._max_payload - messages.INPUT.size
        for offset in range(0, len(data), room):
            chunk = data[offset : offset + room]
            head = messages.INPUT.pack(encoding, sample, offset)
            reply = self._quick(Request.INPUT, head + chunk)
            if self._parsed(messages.INPUT_REPLY.unpack, reply) != (sample, offset + len(chunk)):
                raise LinkError("the device acknowledged other input", where=self._name)

    def run(self, model: int, sample: int, *, measure_stack: bool = False) -> RunResult:
        """Run one model on the sample sent last; `data` of the result is the whole output."""
        flags = messages.MEASURE_STACK if measure_stack else 0
        started = self.now()
        payload = self._exchange(
            Request.RUN, messages.RUN.pack(model, flags, sample), Deadline(self._timing.run)
        )
        seconds = self.now() - started
        result = self._parsed(RunResult.parse, payload)
        if (result.model, result.flags, result.sample) != (model, flags, sample):
            raise LinkError("the device answered for another run", where=self._name)
        data = bytearray(result.data)
        while len(data) < result.output_bytes:
            head = messages.OUTPUT.pack(model, len(data))
            reply = self._quick(Request.OUTPUT, head)
            if reply[: len(head)] != head or len(reply) == len(head):
                raise LinkError("the device sent another part of the output", where=self._name)
            data += reply[len(head) :]
        if len(data) != result.output_bytes:
            raise LinkError("the output is longer than announced", where=self._name)
        return replace(result, data=bytes(data), seconds=seconds)

    def ask(self, kind: IntEnum, payload: bytes, parse: Callable[[bytes], T], within_s: float) -> T:
        """Return the parsed reply to a request of any kind; all tries share `within_s` seconds."""
        return self._parsed(parse, self._exchange(kind, payload, Deadline(within_s)))

    def window(self, model: int, sample: int, invocations: int, *, within_s: float) -> int:
        """Run a model back-to-back on the last sample while the marker's pin is high.

        Returns the counter's ticks of the window. The request is sent only once: a repetition would
        raise the pin again, and the probe would see two windows.
        """
        asked = messages.WINDOW.pack(model, 0, sample, invocations)
        payload = self._exchange(Request.WINDOW, asked, Deadline(within_s), tries=1)
        *answered, ticks = self._parsed(messages.WINDOW_REPLY.unpack, payload)
        if messages.WINDOW.pack(*answered) != asked:
            raise LinkError("the device answered for another window", where=self._name)
        return int(ticks)

    def _quick(self, kind: Request, payload: bytes) -> bytes:
        return self._exchange(kind, payload, Deadline(self._timing.quick * RETRIES))

    def _exchange(
        self, kind: IntEnum, payload: bytes, deadline: Deadline, *, tries: int = RETRIES
    ) -> bytes:
        """Send a request and await its reply; after silence or a broken frame send it again."""
        self._sequence = (self._sequence + 1) % messages.BAD_FRAME_SEQUENCE
        wire = encode(Frame(kind, self._sequence, payload))
        share = deadline.left() / tries
        for attempt in range(tries):
            self.retries += attempt > 0
            self._write(wire)
            reply = self._await(kind, deadline.sooner(share))
            if reply is not None:
                return reply
        raise LinkError(
            f"no answer to {kind.name} after {tries} {'tries' if tries > 1 else 'try'}",
            where=self._name,
            hint="reset the board, or flash it again",
        )

    def _await(self, kind: IntEnum, deadline: Deadline) -> bytes | None:
        """Return the reply's payload, None where the request has to be sent again."""
        while not deadline.passed:
            self._receive()
            while self._frames:
                frame = self._frames.pop(0)
                if frame.type == messages.ERROR_REPLY:
                    if frame.sequence == messages.BAD_FRAME_SEQUENCE:
                        return None
                    if frame.sequence == self._sequence:
                        self._refused(kind, frame.payload)
                elif frame.sequence == self._sequence and frame.type == kind | messages.REPLY:
                    return frame.payload
            if self._broken:
                self._broken = 0
                return None
        return None

    def _receive(self) -> None:
        try:
            data = self._line.read(max(1, self._line.in_waiting))
        except (OSError, serial.SerialException) as error:
            self._check_alive(BROKEN_S)
            raise LinkError(
                f"the line broke: {error}", where=self._name, hint="check the cable"
            ) from error
        if not data:
            self._check_alive(0)
        for piece in self._splitter.feed(data):
            frame = decode(piece)
            if frame is None:
                self._broken += 1
            else:
                self._frames.append(frame)

    def _write(self, wire: bytes) -> None:
        try:
            self._line.write(wire)
        except (OSError, serial.SerialException) as error:
            self._check_alive(BROKEN_S)
            raise LinkError(
                f"cannot write to the line: {error}", where=self._name, hint="check the cable"
            ) from error

    def _refused(self, kind: IntEnum, payload: bytes) -> None:
        code = payload[1] if len(payload) == messages.ERROR.size else 0
        known = {int(item): item.name.replace("_", " ").lower() for item in ErrorCode}
        raise LinkError(
            f"the device refused {kind.name}: {known.get(code, f'code {code}')}",
            where=self._name,
            hint=CAMERA_HINT if code == ErrorCode.CAMERA_FAILED else "",
        )

    def _parsed(self, parse: Callable[[bytes], T], payload: bytes) -> T:
        try:
            return parse(payload)
        except (struct.error, ValueError) as error:
            raise LinkError(f"malformed reply: {error}", where=self._name) from error
