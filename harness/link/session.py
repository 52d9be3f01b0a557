"""A conversation with one device: its requests, and what it takes to ask them again."""

from __future__ import annotations

import secrets
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import partial
from typing import TypeVar

import serial

from harness.errors import LinkError, RequestRefused, WrongFirmware
from harness.link import messages
from harness.link.adaptive import FrameSize
from harness.link.exchange import CheckAlive, Exchange, Wait
from harness.link.messages import ErrorCode, Hello, ModelInfo, Prepared, Request, RunResult
from harness.link.transcript import Transcript

T = TypeVar("T")

HELLO_TRY_S = 0.3
QUICK_S = 1.0  # a request that computes nothing, per try
SILENT_TRIES = 4  # tries without a right frame from the device, after which it is silent
LIMIT_TRIES = 60  # all tries of a plain request
RUN_S = 120.0  # one inference, all tries together
OTHER_TRIES = 4  # of requests that take an unknown time
BOOT_S = 15.0  # of a board that was reset
RESTORES = 6  # tries of a step whose sample the device loses


@dataclass(frozen=True)
class Timing:
    """Time limits in seconds: `quick` a try of a plain request, `run` of all tries of RUN.

    `clock` is the host's, by which answers are timed.
    """

    quick: float = QUICK_S
    run: float = RUN_S
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True)
class _Sample:
    encoding: int
    number: int
    data: bytes


def _nothing(wait_s: float) -> None:  # noqa: ARG001
    return None


class Session:
    """A conversation with the firmware over an open line; see Exchange for `check_alive`.

    `board` identifies the hardware, empty for simulators. `resets` counts restarts of the device
    that its call counters show.
    """

    def __init__(
        self,
        line: serial.Serial,
        *,
        name: str,
        check_alive: CheckAlive = _nothing,
        timing: Timing | None = None,
        board: str = "",
    ) -> None:
        self.board = board
        self.resets = 0
        self._link = Exchange(line, name, check_alive)
        self._timing = timing or Timing()
        self._build_id: str | None = None
        self._chip = ""
        self._max_payload = 0
        self._sample: _Sample | None = None  # sent last
        self._calls: dict[int, int] = {}
        self._output_bytes: dict[int, int] = {}

    @property
    def retries(self) -> int:
        """Number of repeated requests."""
        return self._link.retries

    @property
    def transcript(self) -> Transcript:
        """Newest bytes of the line."""
        return self._link.transcript

    def hello(self, *, within_s: float, build_id: str | None = None) -> Hello:
        """Find the device and check that it runs `build_id`.

        Raises LinkError when nothing answers in time, WrongFirmware when another build does.
        """
        nonce = secrets.token_bytes(4)
        try:
            answer = self._link.ask(
                Request.HELLO,
                lambda: nonce,
                Wait(HELLO_TRY_S, within_s, within_s),
                lambda payload: payload[:4] == nonce,
            )
        except LinkError as error:
            raise self._link.error(
                f"no answer to HELLO within {within_s:g} s",
                hint="check that the board runs this harness' firmware and the baud rate",
            ) from error
        hello = self._parsed(Hello.parse, answer.payload)
        if hello.max_payload < messages.LEAST_MAX_PAYLOAD:
            raise self._link.error(f"the device takes payloads of {hello.max_payload} B only")
        if build_id is not None and hello.build_id != build_id:
            raise WrongFirmware(
                f"the device runs build {hello.build_id}, wanted {build_id}",
                where=self._link.name,
                hint="flash it again",
            )
        if self._build_id is not None and hello.chip != self._chip:
            raise self._link.error(
                f"another board answers: chip {hello.chip or 'without a number'} instead of "
                f"{self._chip or 'one without'}"
            )
        self._build_id, self._chip = hello.build_id, hello.chip
        if hello.max_payload != self._max_payload:
            self._max_payload = hello.max_payload
            self._link.size = FrameSize(hello.max_payload)
        return hello

    @property
    def run_s(self) -> float:
        """Limit in seconds of a request that runs a model."""
        return self._timing.run

    def now(self) -> float:
        """Return the host's monotonic time in seconds."""
        return self._timing.clock()

    def models(self, count: int) -> list[ModelInfo]:
        """Return the device's model table. Raises LinkError where it sends another entry."""
        models = [
            self._parsed(ModelInfo.parse, self._quick(Request.MODEL, bytes([index])))
            for index in range(count)
        ]
        if [model.index for model in models] != list(range(count)):
            raise self._link.error("the device sent another entry of its model table")
        self._output_bytes = {model.index: model.output_bytes for model in models}
        return models

    def bracket(self, repeats: int = 32) -> tuple[int, int]:
        """Return the least and greatest ticks of `repeats` empty start/stop pairs."""
        payload = self._quick(Request.BRACKET, bytes([repeats]))
        least, greatest = self._parsed(messages.BRACKET_REPLY.unpack, payload)
        return least, greatest

    def prepare(self, model: int, arena_bytes: int, *, within_s: float | None = None) -> Prepared:
        """Have the interpreter set a model up in the first `arena_bytes` (images of tflm)."""
        request = messages.PREPARE.pack(model, arena_bytes)
        limit = self._timing.run if within_s is None else within_s
        return self.ask(Request.PREPARE, request, Prepared.parse, limit)

    def send_sample(self, encoding: int, sample: int, data: bytes) -> None:
        """Put one input into the device's sample buffer, in chunks."""
        self._sample = _Sample(encoding, sample, data)
        self._restoring(lambda: self._send(encoding, sample, data), self._check_device)

    def run(
        self, model: int, sample: int, *, measure_stack: bool = False, keep: bool = False
    ) -> RunResult:
        """Run a model on the sample sent last, with `keep` in the state of the sample before."""
        flags = messages.MEASURE_STACK * measure_stack | messages.KEEP_STATE * keep
        result = self._restoring(lambda: self._run(model, flags, sample), self._restore)
        if result.calls <= min(self._calls.get(model, 0), result.tries):
            self.resets += 1
            self._calls.clear()
            self._check_device()
        self._calls[model] = result.calls
        return replace(result, resets=self.resets)

    def ask(self, kind: IntEnum, payload: bytes, parse: Callable[[bytes], T], within_s: float) -> T:
        """Return the parsed reply to a request of any kind; all tries share `within_s` seconds."""
        wait = Wait(within_s / OTHER_TRIES, within_s, within_s)
        return self._parsed(parse, self._link.ask(kind, lambda: payload, wait).payload)

    def read(self, kind: IntEnum, head: bytes, size: int, begun: bytes = b"") -> bytes:
        """Return `size` bytes that come in parts, of which `begun` has come already.

        Each request is `head` and the offset; its reply repeats them before the data.
        """
        data = bytearray(begun)
        while len(data) < size:
            asked = head + messages.OFFSET.pack(len(data))
            answer = self._link.ask(kind, partial(self._limited, asked, len(asked)), self._plain)
            if not answer.payload.startswith(asked) or len(answer.payload) == len(asked):
                raise self._link.error(f"the device sent another part of {kind.name}")
            data += answer.payload[len(asked) :]
        if len(data) != size:
            raise self._link.error(f"{kind.name} is longer than announced")
        return bytes(data)

    def window(
        self, model: int, sample: int, invocations: int, *, within_s: float, once: bool = True
    ) -> int:
        """Run a model back-to-back on the last sample while the marker's pin is high.

        Returns the counter's ticks of the window. `once`: the request is not repeated, since that
        would raise the pin again, and a probe would see two windows.
        """
        asked = messages.WINDOW.pack(model, 0, sample, invocations)
        computes = (model, invocations)
        wait = Wait(self._timing.quick, within_s, within_s, computes=computes, once=once)
        send = partial(self._link.ask, Request.WINDOW, lambda: asked, wait)
        payload = (send() if once else self._restoring(send, self._restore)).payload
        *answered, ticks = self._parsed(messages.WINDOW_REPLY.unpack, payload)
        if messages.WINDOW.pack(*answered) != asked:
            raise self._link.error("the device answered for another window")
        return int(ticks)

    def _send(self, encoding: int, sample: int, data: bytes) -> None:
        sent = 0
        while sent < len(data):
            head = messages.INPUT.pack(encoding, sample, sent)

            def chunk(start: int = sent, head: bytes = head) -> bytes:
                return head + data[start : start + self._link.size.payload - len(head)]

            answer = self._link.ask(Request.INPUT, chunk, self._plain)
            sent += len(answer.asked) - len(head)
            if self._parsed(messages.INPUT_REPLY.unpack, answer.payload) != (sample, sent):
                raise self._link.error("the device acknowledged other input")

    def _run(self, model: int, flags: int, sample: int) -> RunResult:
        asked = messages.RUN.pack(model, flags, sample)
        run_s = self._timing.run
        started = self.now()
        answer = self._link.ask(
            Request.RUN,
            partial(self._limited, asked, RunResult.LAYOUT.size),
            Wait(self._timing.quick, run_s, run_s, computes=(model, flags)),
        )
        seconds = self.now() - started
        result = self._parsed(RunResult.parse, answer.payload)
        if (result.model, result.flags, result.sample) != (model, flags, sample):
            raise self._link.error("the device answered for another run")
        return replace(result, data=self._output(result), seconds=seconds, tries=answer.tries)

    def _output(self, result: RunResult) -> bytes:
        """Return the whole output of a run, whose reply holds its beginning."""
        known = self._output_bytes.get(result.model, result.output_bytes)
        if result.output_bytes != known:
            raise self._link.error(
                f"the device announced {result.output_bytes:,} B of output instead of {known:,} B"
            )
        model = bytes([result.model])
        return self.read(Request.OUTPUT, model, result.output_bytes, result.data)

    def _limited(self, asked: bytes, head: int) -> bytes:
        """Return a request with the limit of its reply's data behind `head` bytes, if any."""
        limit = self._link.size.limit
        return asked if limit is None else asked + messages.MOST.pack(max(0, limit - head))

    def _restoring(self, step: Callable[[], T], restore: Callable[[], object]) -> T:
        """Return what `step` does, repeated where the device has lost the sample meanwhile."""
        for left in reversed(range(RESTORES)):
            try:
                if left < RESTORES - 1:
                    restore()
                return step()
            except RequestRefused as error:
                lost = error.code == ErrorCode.NO_SUCH_SAMPLE and self._build_id is not None
                if not (lost and left):
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _restore(self) -> None:
        """Send the last sample again, after a reset or an old frame that came late."""
        self._check_device()
        if self._sample is not None:
            self._send(self._sample.encoding, self._sample.number, self._sample.data)

    def _check_device(self) -> None:
        """Raise WrongFirmware where another build answers than before."""
        self.hello(within_s=BOOT_S, build_id=self._build_id)

    @property
    def _plain(self) -> Wait:
        quick = self._timing.quick
        return Wait(quick, SILENT_TRIES * quick, LIMIT_TRIES * quick)

    def _quick(self, kind: Request, payload: bytes) -> bytes:
        return self._link.ask(kind, lambda: payload, self._plain).payload

    def _parsed(self, parse: Callable[[bytes], T], payload: bytes) -> T:
        try:
            return parse(payload)
        except (struct.error, ValueError) as error:
            raise self._link.error(f"malformed reply: {error}") from error
