"""A board that lies in the protocol itself: each lie is a typed error, and soon."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from harness.errors import LinkError, RequestRefused
from harness.link import messages
from harness.link.frame import Frame, encode
from harness.link.messages import Request
from tests.link.test_exchange import Board
from tests.link.test_session import session_with

SOON_S = 10.0
HUGE = 0xFFFFFFFE


@dataclass(frozen=True)
class Lie:
    """What becomes of the honest frame that answers requests of `kind`; `says` is in the error."""

    name: str
    kind: Request
    tell: Callable[[Frame], bytes]
    says: str


def patched(at: int, value: bytes) -> Callable[[Frame], bytes]:
    def tell(frame: Frame) -> bytes:
        payload = frame.payload[:at] + value + frame.payload[at + len(value) :]
        return encode(Frame(frame.type, frame.sequence, payload))

    return tell


def cut_to(length: int) -> Callable[[Frame], bytes]:
    return lambda frame: encode(Frame(frame.type, frame.sequence, frame.payload[:length]))


def longer(frame: Frame) -> bytes:
    return encode(Frame(frame.type, frame.sequence, frame.payload + bytes(40)))


def other_sequence(frame: Frame) -> bytes:
    return encode(Frame(frame.type, frame.sequence ^ 1, frame.payload))


def other_type(frame: Frame) -> bytes:
    return encode(Frame(frame.type ^ 2, frame.sequence, frame.payload))


def other_version(frame: Frame) -> bytes:
    wire = bytearray(encode(frame))
    wire[2] = 2
    return bytes(wire)


def flood(frame: Frame) -> bytes:
    stale = Frame(frame.type, frame.sequence ^ 0x100, frame.payload)
    return 500 * encode(stale)


def endless(frame: Frame) -> bytes:  # noqa: ARG001
    return b"\x01" * 200_000


def refusal(code: int) -> Callable[[Frame], bytes]:
    def tell(frame: Frame) -> bytes:
        error = messages.ERROR.pack(frame.type & ~messages.REPLY, code)
        return encode(Frame(messages.ERROR_REPLY, frame.sequence, error))

    return tell


HELLO, INPUT, RUN, OUTPUT, BRACKET = (
    Request.HELLO,
    Request.INPUT,
    Request.RUN,
    Request.OUTPUT,
    Request.BRACKET,
)
LIES = [
    Lie("nonce", HELLO, patched(0, b"none"), "no answer to HELLO"),
    Lie("no texts", HELLO, cut_to(31), "malformed reply"),
    Lie("text that is none", HELLO, patched(31, b"\xff\xfe"), "malformed reply"),
    Lie("short hello", HELLO, cut_to(9), "malformed reply"),
    Lie("no payload", HELLO, patched(4, b"\0\0"), "takes payloads of 0 B only"),
    Lie("sequence", BRACKET, other_sequence, "no answer to BRACKET"),
    Lie("type", BRACKET, other_type, "no answer to BRACKET"),
    Lie("version", BRACKET, other_version, "no answer to BRACKET"),
    Lie("flood", BRACKET, flood, "no answer to BRACKET"),
    Lie("endless", BRACKET, endless, "no answer to BRACKET"),
    Lie("short bracket", BRACKET, cut_to(15), "malformed reply"),
    Lie("long bracket", BRACKET, longer, "malformed reply"),
    Lie("unknown code", BRACKET, refusal(77), "refused BRACKET: code 77"),
    Lie("other sample", INPUT, patched(0, b"\x63"), "acknowledged other input"),
    Lie("more input", INPUT, patched(4, b"\x63"), "acknowledged other input"),
    Lie("long input", INPUT, longer, "malformed reply"),
    Lie("never a sample", INPUT, refusal(4), "refused INPUT: no such sample"),
    Lie("other model", RUN, patched(0, b"\1"), "answered for another run"),
    Lie("other flags", RUN, patched(1, b"\1"), "answered for another run"),
    Lie("other run", RUN, patched(2, b"\x63"), "answered for another run"),
    Lie("short run", RUN, cut_to(20), "malformed reply"),
    Lie("huge output", RUN, patched(22, HUGE.to_bytes(4, "little")), "announced 4,294,967,294 B"),
    Lie("no output", RUN, patched(22, bytes(4)), "announced 0 B"),
    Lie("more data", RUN, longer, "longer than announced"),
    Lie("never ready", RUN, refusal(7), "refused RUN: model not ready"),
    Lie("other part", OUTPUT, patched(1, b"\x63"), "another part of OUTPUT"),
    Lie("empty part", OUTPUT, cut_to(5), "another part of OUTPUT"),
    Lie("long part", OUTPUT, longer, "longer than announced"),
]


class Liar(Board):
    """Answers as the firmware does, but for one lie."""

    def __init__(self, lie: Lie | None) -> None:
        super().__init__(payload=64, output=100 if lie and lie.kind == OUTPUT else 30)
        self._lie = lie
        self.fault = self._tell

    def answer(self, frame: Frame) -> bytes:
        if frame.type == Request.MODEL:
            sizes = (200, self.output, 200)
            return messages.ModelInfo.LAYOUT.pack(frame.payload[0], 1, 0, *sizes) + b"model\0"
        return super().answer(frame)

    def _tell(self, _: int, wire: bytes) -> bytes:
        request = self.requests[-1]
        if self._lie is None or request.type != self._lie.kind:
            return wire
        payload = self.answer(request)
        return self._lie.tell(Frame(request.type | messages.REPLY, request.sequence, payload))


def converse(device: Liar) -> bytes:
    session = session_with(device)
    hello = session.hello(within_s=1)
    session.models(hello.models)
    session.bracket()
    session.send_sample(0, 7, bytes(200))
    return session.run(0, 7).data


def test_an_honest_board_is_believed() -> None:
    assert converse(Liar(None)) == bytes(range(30))


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.name)
def test_a_lie_is_a_typed_error_and_soon(lie: Lie) -> None:
    began = time.monotonic()
    with pytest.raises(LinkError) as error:
        converse(Liar(lie))
    assert lie.says in str(error.value)
    assert error.value.transcript is not None or isinstance(error.value, RequestRefused)
    assert time.monotonic() - began < SOON_S


def test_another_entry_of_the_model_table_is_an_error() -> None:
    lie = Lie("other entry", Request.MODEL, patched(0, b"\7"), "another entry of its model table")
    with pytest.raises(LinkError, match=lie.says):
        converse(Liar(lie))
