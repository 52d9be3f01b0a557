"""A session against a device that misbehaves in every way a serial line allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
import serial

from harness.errors import LinkError, RequestRefused, TargetError, WrongFirmware
from harness.link import messages
from harness.link.frame import Frame, Splitter, decode, encode
from harness.link.messages import ErrorCode, Request
from harness.link.session import Session, Timing

BUILD = "0123456789abcdef"
Fault = Callable[[int, bytes], bytes]


def hello_reply(nonce: bytes, max_payload: int = 64) -> bytes:
    fields = messages.Hello.LAYOUT.pack(
        int.from_bytes(nonce, "little"),
        max_payload,
        2,
        bytes.fromhex(BUILD),
        16_000_000,
        16_000_000,
        messages.UNKNOWN,
        352,
    )
    return fields + b"avr5\0timer1\x000.1.0\0"


class Device:
    """Stands where the serial line stands: answers as the firmware does, through `fault`."""

    def __init__(self, fault: Fault = lambda _, wire: wire) -> None:
        self.fault = fault
        self.requests: list[Frame] = []
        self.sample = bytearray()
        self.calls = 0
        self._out = bytearray()
        self._splitter = Splitter()

    @property
    def in_waiting(self) -> int:
        return len(self._out)

    def read(self, count: int) -> bytes:
        data, self._out = bytes(self._out[:count]), self._out[count:]
        return data

    def write(self, data: bytes) -> int:
        for piece in self._splitter.feed(data):
            frame = decode(piece)
            assert frame is not None
            self.requests.append(frame)
            reply = encode(Frame(frame.type | messages.REPLY, frame.sequence, self.answer(frame)))
            self._out += self.fault(len(self.requests), reply)
        return len(data)

    def answer(self, frame: Frame) -> bytes:
        payload = frame.payload
        match frame.type:
            case Request.HELLO:
                return hello_reply(payload)
            case Request.INPUT:
                _, sample, offset = messages.INPUT.unpack_from(payload)
                chunk = payload[messages.INPUT.size :]
                self.sample[offset:] = chunk
                return messages.INPUT_REPLY.pack(sample, offset + len(chunk))
            case Request.PREPARE:
                model, arena = messages.PREPARE.unpack(payload)
                fails = arena < 500
                text = b"Requested: 500\0" if fails else b"\0"
                return messages.Prepared.LAYOUT.pack(model, 3 * fails, 0 if fails else 480) + text
            case Request.RUN:
                self.calls += 1
                model, flags, sample = messages.RUN.unpack(payload)
                head = messages.RunResult.LAYOUT.pack(
                    model, flags, sample, self.calls, 1234, messages.UNKNOWN, 100
                )
                return head + bytes(range(30))
            case Request.OUTPUT:
                offset = int.from_bytes(payload[1:], "little")
                return payload + bytes(range(100))[offset : offset + 30]
            case Request.WINDOW:
                return payload + (5000).to_bytes(8, "little")
            case _:
                return messages.BRACKET_REPLY.pack(7, 9)


def session_with(device: Device, run_s: float = 0.2, **options: object) -> Session:
    line = cast(serial.Serial, device)
    return Session(line, name="desk", timing=Timing(quick=0.02, run=run_s), **options)  # type: ignore[arg-type]


def test_hello_reads_every_field() -> None:
    hello = session_with(Device()).hello(within_s=1, build_id=BUILD)
    assert (hello.core, hello.counter, hello.firmware) == ("avr5", "timer1", "0.1.0")
    assert (hello.clock_hz, hello.free_ram, hello.arena, hello.models) == (16_000_000, None, 352, 2)


def test_a_chip_has_its_own_number_and_keeps_it() -> None:
    chip = bytes.fromhex("00a1b2c3")
    device = Device()
    answer = device.answer
    device.answer = lambda frame: answer(frame) + chip  # type: ignore[method-assign]
    session = session_with(device)
    assert session.hello(within_s=1).chip == "00a1b2c3"
    assert session.hello(within_s=1).chip == "00a1b2c3"
    chip = b""
    with pytest.raises(LinkError, match="another board answers: chip without a number instead of"):
        session.hello(within_s=1)


def test_another_build_is_refused() -> None:
    with pytest.raises(WrongFirmware, match=r"runs build 0123456789abcdef, wanted ffff"):
        session_with(Device()).hello(within_s=1, build_id="ffff")


def test_an_old_answer_to_hello_is_not_taken() -> None:
    def fault(turn: int, wire: bytes) -> bytes:
        sequence = device.requests[0].sequence
        stale = encode(Frame(Request.HELLO | messages.REPLY, sequence, hello_reply(b"old!")))
        return stale if turn == 1 else wire

    device = Device(fault)
    assert session_with(device).hello(within_s=2).models == 2
    assert len(device.requests) == 2


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda turn, wire: b"" if turn == 2 else wire, id="lost"),
        pytest.param(
            lambda turn, wire: wire[:-3] + b"\x55" + wire[-2:] if turn == 2 else wire, id="broken"
        ),
        pytest.param(lambda turn, wire: wire[: len(wire) // 2] if turn == 2 else wire, id="cut"),
        pytest.param(
            lambda turn, wire: (
                encode(Frame(0xFF, messages.BAD_FRAME_SEQUENCE, bytes([0, 6])))
                if turn == 2
                else wire
            ),
            id="request broken",
        ),
    ],
)
def test_a_spoiled_exchange_is_repeated(fault: Fault) -> None:
    device = Device(fault)
    session = session_with(device)
    session.hello(within_s=1)
    assert session.bracket() == (7, 9)
    assert session.retries == 1
    assert [frame.type for frame in device.requests] == [1, 6, 6]
    assert device.requests[1].sequence == device.requests[2].sequence


def test_a_late_second_answer_is_ignored() -> None:
    device = Device(lambda turn, wire: wire + wire if turn > 1 else wire)
    session = session_with(device)
    session.hello(within_s=1)
    assert [session.run(0, 5).calls for _ in range(3)] == [1, 2, 3]


def test_long_input_and_output_are_cut_into_chunks() -> None:
    device = Device()
    session = session_with(device)
    session.hello(within_s=1)
    data = bytes(index % 251 for index in range(200))
    session.send_sample(0, 9, data)
    assert bytes(device.sample) == data
    assert max(len(frame.payload) for frame in device.requests) == 64
    assert session.run(1, 9).data == bytes(range(100))


def test_an_interpreter_tells_whether_an_arena_is_enough() -> None:
    session = session_with(Device())
    session.hello(within_s=1)
    assert session.prepare(0, 499) == messages.Prepared(0, 3, 0, "Requested: 500")
    assert session.prepare(1, 500) == messages.Prepared(1, 0, 480, "")


def test_silence_ends_with_the_remedy() -> None:
    device = Device(lambda turn, wire: wire if turn == 1 else b"")
    session = session_with(device)
    session.hello(within_s=1)
    with pytest.raises(LinkError, match=r"no answer to BRACKET after \d tries; reset the board"):
        session.bracket()
    assert 1 <= session.retries <= 3


def test_hello_gives_up_at_its_deadline() -> None:
    with pytest.raises(LinkError, match=r"desk: no answer to HELLO within 0.1 s"):
        session_with(Device(lambda *_: b"")).hello(within_s=0.1)


def test_a_refusal_names_the_reason() -> None:
    def fault(turn: int, wire: bytes) -> bytes:
        sequence = device.requests[-1].sequence
        return wire if turn == 1 else encode(Frame(0xFF, sequence, bytes([6, 1])))

    device = Device(fault)
    session = session_with(device)
    session.hello(within_s=1)
    with pytest.raises(RequestRefused, match="refused BRACKET: unknown type") as refused:
        session.bracket()
    assert refused.value.code == ErrorCode.UNKNOWN_TYPE


def test_a_dead_simulator_is_told_at_once() -> None:
    def check_alive(wait_s: float) -> None:  # noqa: ARG001
        raise TargetError("the simulator ended")

    device = Device(lambda turn, wire: wire if turn == 1 else b"")
    session = session_with(device, check_alive=check_alive)
    session.hello(within_s=1)
    with pytest.raises(TargetError, match="the simulator ended"):
        session.bracket()
    assert len(device.requests) == 2


def test_a_window_tells_its_ticks_and_is_never_asked_for_twice() -> None:
    device = Device()
    assert session_with(device).window(1, 7, 40, within_s=1) == 5000
    assert device.requests[0].payload == messages.WINDOW.pack(1, 0, 7, 40)
    silent = Device(lambda _, __: b"")
    with pytest.raises(LinkError, match=r"no answer to WINDOW after 1 try"):
        session_with(silent).window(1, 7, 40, within_s=0.05)
    assert len(silent.requests) == 1


def test_a_window_that_no_probe_watches_is_asked_for_again() -> None:
    device = Device(lambda turn, wire: wire if turn > 1 else b"")
    assert session_with(device).window(1, 7, 40, within_s=1, once=False) == 5000
    assert len(device.requests) == 2
