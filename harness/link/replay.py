"""A transcript through the parser: every frame that was understood, everything that was not."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.link import messages
from harness.link.camera import CameraRequest
from harness.link.frame import Frame, Splitter, decode
from harness.link.messages import ErrorCode, Hello, ModelInfo, Prepared, Request, RunResult
from harness.link.transcript import RECEIVED, SENT, Piece

SHOWN_BYTES = 24


@dataclass(frozen=True)
class Understood:
    """A frame or a broken piece: when it ended, which way it went, what it says."""

    seconds: float
    direction: str
    text: str
    frame: Frame | None


@dataclass(frozen=True)
class Summary:
    """Counts of a transcript."""

    requests: int
    repeated: int
    answered: int
    errors: int
    broken: int  # received pieces that are no frame


def understand(pieces: Sequence[Piece]) -> Iterator[Understood]:
    """Return the frames and broken pieces in the order in which they ended."""
    splitters = {SENT: Splitter(), RECEIVED: Splitter()}
    for piece in pieces:
        for part in splitters[piece.direction].feed(piece.data):
            frame = decode(part)
            text = f"broken: {_bytes(part)}" if frame is None else describe(frame)
            yield Understood(piece.seconds, piece.direction, text, frame)


def summarise(items: Sequence[Understood]) -> Summary:
    """Return how often requests were repeated, answered, refused, and how much was broken."""
    sent = [item.frame for item in items if item.direction == SENT and item.frame]
    got = [item.frame for item in items if item.direction == RECEIVED and item.frame]
    asked = {frame.sequence for frame in sent}
    errors = [frame for frame in got if frame.type == messages.ERROR_REPLY]
    answered = {frame.sequence for frame in got if frame not in errors} & asked
    broken = sum(item.frame is None and item.direction == RECEIVED for item in items)
    return Summary(len(asked), len(sent) - len(asked), len(answered), len(errors), broken)


def describe(frame: Frame) -> str:
    """Return one line for a frame: type, sequence number, the fields of its payload."""
    if frame.type == messages.ERROR_REPLY:
        name, fields = "ERROR", _error(frame.payload)
    else:
        kind = frame.type & ~messages.REPLY
        known = {int(item): item.name for item in (*Request, *CameraRequest)}
        name = known.get(kind, f"type 0x{kind:02x}")
        reply = bool(frame.type & messages.REPLY)
        name += " reply" if reply else ""
        try:
            fields = _reply(kind, frame.payload) if reply else _request(kind, frame.payload)
        except (struct.error, ValueError) as error:
            fields = f"malformed ({error}): {_bytes(frame.payload)}"
    return f"{name} #{frame.sequence}" + (f": {fields}" if fields else "")


def _error(payload: bytes) -> str:
    if len(payload) != messages.ERROR.size:
        return f"malformed: {_bytes(payload)}"
    kind, code = messages.ERROR.unpack(payload)
    known = {int(item): item.name.replace("_", " ").lower() for item in ErrorCode}
    return f"to type 0x{kind:02x}: {known.get(code, f'code {code}')}"


def _request(kind: int, payload: bytes) -> str:
    match kind:
        case Request.MODEL:
            return f"model {payload[0]}" if payload else "empty"
        case Request.INPUT:
            encoding, sample, offset = messages.INPUT.unpack_from(payload)
            count = len(payload) - messages.INPUT.size
            return f"encoding {encoding}, sample {sample}, {count} B from {offset}"
        case Request.RUN:
            model, flags, sample = messages.RUN.unpack_from(payload)
            return f"model {model}, flags {flags}, sample {sample}" + _most(payload, 6)
        case Request.OUTPUT:
            (offset,) = messages.OFFSET.unpack_from(payload, 1)
            return f"model {payload[0]}, from {offset}" + _most(payload, 5)
        case Request.PREPARE:
            model, arena = messages.PREPARE.unpack(payload)
            return f"model {model}, arena {arena} B"
    return _bytes(payload)


def _reply(kind: int, payload: bytes) -> str:
    match kind:
        case Request.HELLO:
            hello = Hello.parse(payload)
            return (
                f"build {hello.build_id}, {hello.models} models, payload {hello.max_payload} B, "
                f"core {hello.core!r}, counter {hello.counter!r} at {hello.counter_hz} Hz, "
                f"clock {hello.clock_hz} Hz, arena {hello.arena} B, free RAM {hello.free_ram}"
            )
        case Request.MODEL:
            model = ModelInfo.parse(payload)
            return (
                f"model {model.index} {model.name!r}, CRC {model.crc32:08x}, input "
                f"{model.input_bytes} B, output {model.output_bytes} B, arena {model.arena_bytes} B"
            )
        case Request.INPUT:
            sample, received = messages.INPUT_REPLY.unpack(payload)
            return f"sample {sample}, {received} B received"
        case Request.RUN:
            run = RunResult.parse(payload)
            return (
                f"model {run.model}, flags {run.flags}, sample {run.sample}, call {run.calls}, "
                f"{run.ticks} ticks, stack {run.stack}, {len(run.data)} of {run.output_bytes} B"
            )
        case Request.OUTPUT:
            (offset,) = messages.OFFSET.unpack_from(payload, 1)
            return f"model {payload[0]}, {len(payload) - 5} B from {offset}"
        case Request.BRACKET:
            least, greatest = messages.BRACKET_REPLY.unpack(payload)
            return f"{least} to {greatest} ticks"
        case Request.PREPARE:
            done = Prepared.parse(payload)
            return f"model {done.model}, status {done.status}, {done.used} B used {done.message!r}"
    return _bytes(payload)


def _most(payload: bytes, head: int) -> str:
    return f", at most {messages.MOST.unpack_from(payload, head)[0]} B" if payload[head:] else ""


def _bytes(data: bytes) -> str:
    """Return the beginning of some bytes, as text where they may be a banner or a debug print."""
    more = f" … {len(data)} B" if len(data) > SHOWN_BYTES else ""
    shown = data[:SHOWN_BYTES]
    if shown and all(byte in b"\t\r\n" or 32 <= byte < 127 for byte in shown):
        return f"text {shown.decode('ascii')!r}{more}"
    return f"{shown.hex(' ')}{more}"
