"""A board in Python that speaks the link's real protocol, and a middleman who alters its answers.

The board answers by the reference's outputs, in virtual time: each request costs the line's time
and each inference its ticks, so that host and counter agree. No clock of this machine is read.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from harness.boards.catalogue import TargetSpec
from harness.link import messages
from harness.link.frame import Frame, Splitter, decode, encode
from harness.link.messages import Hello, ModelInfo, Request, RunResult
from harness.workload.workload import Workload

BRACKET = 12  # ticks
STACK = 400
FREE_RAM = 100_000
LINE_S = 0.002  # of a request and its answer
MAX_PAYLOAD = 256
BUILD = "0123456789abcdef"
HEAD = messages.RunResult.LAYOUT.size

Answer = Callable[[Request, bytes, bytes], bytes]


def honest(_: Request, __: bytes, answer: bytes) -> bytes:
    """Leave the answer as it is."""
    return answer


@dataclass(frozen=True)
class Held:
    """A model in the board's flash: `ticks` of one run, outputs (N, ...) by sample."""

    workload: Workload
    ticks: int
    outputs: np.ndarray
    encoding: int = 0

    @classmethod
    def of(cls, workload: Workload, ticks: int, encoding: int = 0) -> Held:
        """Return a model that answers as the reference does."""
        return cls(workload, ticks, workload.reference, encoding)


@dataclass
class Board:
    """The device's end of a serial line. `altered` gets request and honest answer's payload.

    `slower`: factor between real time and ticks, 1 of a counter at its stated rate.
    """

    spec: TargetSpec
    models: Sequence[Held]
    altered: Answer = honest
    slower: float = 1.0
    now: float = 0.0
    calls: dict[int, int] = field(default_factory=dict)
    _sample: int = -1
    _out: bytearray = field(default_factory=bytearray)
    _splitter: Splitter = field(default_factory=Splitter)

    @property
    def hz(self) -> int:
        """Rate of the counter."""
        assert self.spec.ticks_hz is not None
        return self.spec.ticks_hz

    @property
    def in_waiting(self) -> int:
        """Bytes that the host can read."""
        return len(self._out)

    def read(self, count: int) -> bytes:
        """Return up to `count` bytes to the host; silence takes its time."""
        if not self._out:
            self.now += 0.05
        data, self._out = bytes(self._out[:count]), self._out[count:]
        return data

    def write(self, data: bytes) -> int:
        """Take bytes of the host and answer the frames in them."""
        for piece in self._splitter.feed(data):
            frame = decode(piece)
            assert frame is not None
            self.now += LINE_S
            kind = Request(frame.type)
            code, payload = self._answer(kind, frame.payload)
            answer = Frame(messages.ERROR_REPLY, frame.sequence, bytes([kind, code]))
            if not code:
                payload = self.altered(kind, frame.payload, payload)
                answer = Frame(kind | messages.REPLY, frame.sequence, payload)
            self._out += encode(answer)
        return len(data)

    def _answer(self, kind: Request, asked: bytes) -> tuple[int, bytes]:
        match kind:
            case Request.HELLO:
                return 0, self._hello(asked)
            case Request.MODEL:
                return self._model(asked[0])
            case Request.BRACKET:
                return 0, messages.BRACKET_REPLY.pack(BRACKET, BRACKET + 2)
            case Request.INPUT:
                _, sample, offset = messages.INPUT.unpack_from(asked)
                self._sample = sample
                size = len(asked) - messages.INPUT.size
                return 0, messages.INPUT_REPLY.pack(sample, offset + size)
            case Request.RUN:
                return self._run(*messages.RUN.unpack_from(asked))
            case Request.WINDOW:
                return self._window(asked)
            case Request.OUTPUT:
                head, (offset,) = asked[:5], messages.OFFSET.unpack_from(asked, 1)
                return 0, head + self._output(asked[0])[offset : offset + MAX_PAYLOAD - len(head)]
            case _:
                return messages.ErrorCode.UNKNOWN_TYPE, b""

    def _hello(self, nonce: bytes) -> bytes:
        arena = max(held.workload.compiled.arena_bytes for held in self.models)
        return hello_payload(
            Hello(
                int.from_bytes(nonce, "little"), MAX_PAYLOAD, len(self.models), BUILD,
                self.spec.clock_hz or 0, self.hz, FREE_RAM, arena, self.spec.core, "DWT", "0.1.0",
            )
        )  # fmt: skip

    def _model(self, index: int) -> tuple[int, bytes]:
        if index >= len(self.models):
            return messages.ErrorCode.NO_SUCH_MODEL, b""
        held = self.models[index]
        compiled = held.workload.compiled
        info = ModelInfo(
            index, compiled.crc32, held.encoding, compiled.input.bytes, held.outputs[0].nbytes,
            compiled.arena_bytes, compiled.name,
        )  # fmt: skip
        return 0, model_payload(info)

    def _run(self, model: int, flags: int, sample: int) -> tuple[int, bytes]:
        if model >= len(self.models) or sample != self._sample:
            return messages.ErrorCode.NO_SUCH_SAMPLE, b""
        held = self.models[model]
        self.now += self.slower * held.ticks / self.hz
        self.calls[model] = self.calls.get(model, 0) + 1
        output = self._output(model)
        painted = bool(flags & messages.MEASURE_STACK)
        result = RunResult(
            model, flags, sample, self.calls[model], 0 if painted else held.ticks + BRACKET,
            STACK if painted else None, len(output), output[: MAX_PAYLOAD - HEAD],
        )  # fmt: skip
        return 0, run_payload(result)

    def _window(self, asked: bytes) -> tuple[int, bytes]:
        model, _, _, runs = messages.WINDOW.unpack(asked)
        ticks = runs * self.models[model].ticks + BRACKET
        self.now += self.slower * ticks / self.hz
        self.calls[model] = self.calls.get(model, 0) + runs
        return 0, asked + struct.pack("<Q", ticks)

    def _output(self, model: int) -> bytes:
        return self.models[model].outputs[self._sample].tobytes()


def hello_payload(hello: Hello) -> bytes:
    """Return the payload of a HELLO reply."""
    head = Hello.LAYOUT.pack(
        hello.nonce, hello.max_payload, hello.models, bytes.fromhex(hello.build_id),
        hello.clock_hz, hello.counter_hz,
        messages.UNKNOWN if hello.free_ram is None else hello.free_ram, hello.arena,
    )  # fmt: skip
    return head + b"".join(
        text.encode() + b"\0" for text in (hello.core, hello.counter, hello.firmware)
    )


def model_payload(info: ModelInfo) -> bytes:
    """Return the payload of a MODEL reply."""
    head = ModelInfo.LAYOUT.pack(
        info.index, info.crc32, info.encoding, info.input_bytes, info.output_bytes,
        info.arena_bytes,
    )  # fmt: skip
    return head + info.name.encode() + b"\0"


def run_payload(run: RunResult) -> bytes:
    """Return the payload of a RUN reply."""
    stack = messages.UNKNOWN if run.stack is None else run.stack
    head = RunResult.LAYOUT.pack(
        run.model, run.flags, run.sample, run.calls, run.ticks, stack, run.output_bytes
    )
    return head + run.data


def in_run(change: Callable[[RunResult], RunResult]) -> Answer:
    """Return a middleman who alters answers to RUN, those that measure the stack too."""

    def altered(kind: Request, _: bytes, answer: bytes) -> bytes:
        return run_payload(change(RunResult.parse(answer))) if kind is Request.RUN else answer

    return altered


def in_ticks(change: Callable[[int], int], *, window: bool = False) -> Answer:
    """Return a middleman who alters the ticks of RUN, and of WINDOW too."""

    def altered(kind: Request, _: bytes, answer: bytes) -> bytes:
        if kind is Request.RUN:
            run = RunResult.parse(answer)
            if run.flags & messages.MEASURE_STACK:
                return answer
            return run_payload(replace(run, ticks=change(run.ticks)))
        if kind is Request.WINDOW and window:
            *asked, ticks = messages.WINDOW_REPLY.unpack(answer)
            return messages.WINDOW_REPLY.pack(*asked, change(ticks))
        return answer

    return altered


def in_hello(**facts: object) -> Answer:
    """Return a middleman who replaces facts of HELLO."""

    def altered(kind: Request, _: bytes, answer: bytes) -> bytes:
        if kind is not Request.HELLO:
            return answer
        return hello_payload(replace(Hello.parse(answer), **facts))  # type: ignore[arg-type]

    return altered


def in_model(change: Callable[[ModelInfo], ModelInfo]) -> Answer:
    """Return a middleman who alters the model table."""

    def altered(kind: Request, _: bytes, answer: bytes) -> bytes:
        return model_payload(change(ModelInfo.parse(answer))) if kind is Request.MODEL else answer

    return altered


def in_bracket(least: int, greatest: int) -> Answer:
    """Return a middleman who replaces the cost of a bracket."""

    def altered(kind: Request, _: bytes, answer: bytes) -> bytes:
        if kind is not Request.BRACKET:
            return answer
        return messages.BRACKET_REPLY.pack(least, greatest)

    return altered


def in_outputs(change: Callable[[np.ndarray, int], np.ndarray], like: np.ndarray) -> Answer:
    """Return a middleman who alters outputs, given as one-dimensional arrays with their sample."""

    def altered(run: RunResult) -> RunResult:
        output = change(np.frombuffer(run.data, like.dtype).copy(), run.sample)
        return replace(run, data=output.astype(like.dtype).tobytes())

    return in_run(altered)
