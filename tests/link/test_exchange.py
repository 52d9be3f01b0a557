"""The rules of docs/protocol.md for a bad line, one by one, against a device of the test."""

from __future__ import annotations

import termios

import pytest

from harness.errors import LinkError, WrongFirmware
from harness.link import messages
from harness.link.frame import Frame, encode
from harness.link.messages import ErrorCode, Request
from tests.link.test_session import BUILD, Device, hello_reply, session_with

NOISE = b"\x9b\0\x07\0\0\xe1\x41\0\x05"  # nine bytes, frame delimiters among them


class Board(Device):
    """Keeps the rules of the firmware for samples, limits and call counts; forgets all on reset."""

    def __init__(self, payload: int = 256, output: int = 100) -> None:
        super().__init__()
        self.payload = payload
        self.output = output
        self.build = BUILD
        self.reset()

    def reset(self) -> None:
        self.held: int | None = None
        self.received = 0
        self.calls = 0

    def answer(self, frame: Frame) -> bytes:
        payload = frame.payload
        if frame.type == Request.HELLO:
            reply = hello_reply(payload, self.payload)
            return reply.replace(bytes.fromhex(BUILD), bytes.fromhex(self.build))
        if frame.type == Request.INPUT:
            _, sample, offset = messages.INPUT.unpack_from(payload)
            if offset == 0:
                self.held, self.received = sample, 0
            elif (sample, True) != (self.held, offset <= self.received):
                raise Refusal(ErrorCode.NO_SUCH_SAMPLE)
            self.received = max(self.received, offset + len(payload) - messages.INPUT.size)
        if frame.type == Request.RUN:
            model, flags, sample = messages.RUN.unpack_from(payload)
            if sample != self.held:
                raise Refusal(ErrorCode.NO_SUCH_SAMPLE)
            self.calls += 1
            most = int.from_bytes(payload[6:] or b"\xff\xff", "little")
            head = messages.RunResult.LAYOUT.pack(
                model, flags, sample, self.calls, 1234, messages.UNKNOWN, self.output
            )
            return head + self._part(0, most, len(head))
        if frame.type == Request.OUTPUT:
            most = int.from_bytes(payload[5:] or b"\xff\xff", "little")
            offset = int.from_bytes(payload[1:5], "little")
            return payload[:5] + self._part(offset, most, 5)
        return super().answer(frame)

    def write(self, data: bytes) -> int:
        try:
            return super().write(data)
        except Refusal as refusal:
            frame = self.requests[-1]
            error = messages.ERROR.pack(frame.type, refusal.args[0])
            self._out += encode(Frame(messages.ERROR_REPLY, frame.sequence, error))
            return len(data)

    def _part(self, offset: int, most: int, head: int) -> bytes:
        whole = bytes(index % 253 for index in range(self.output))
        return whole[offset:][: min(most, self.payload - head)]


class Refusal(Exception):
    """An error reply."""


def test_noise_before_an_answer_costs_no_try() -> None:
    device = Board()
    device.fault = lambda _, wire: NOISE + wire
    session = session_with(device)
    session.hello(within_s=1)
    session.send_sample(0, 7, bytes(200))
    assert session.run(0, 7).data == bytes(range(100))
    assert session.retries == 0


def test_a_report_of_a_broken_request_waits_for_silence() -> None:
    """The device reports noise before it serves the request behind it."""
    report = encode(Frame(messages.ERROR_REPLY, messages.BAD_FRAME_SEQUENCE, b"\0\6"))
    device = Board()
    device.fault = lambda _, wire: 3 * report + wire
    session = session_with(device)
    session.hello(within_s=1)
    assert session.bracket() == (7, 9)
    assert session.retries == 0


def test_tries_end_by_time_and_not_by_number() -> None:
    device = Board()
    session = session_with(device)
    session.hello(within_s=1)
    broken = 9
    # A device that is heard between its broken frames is not silent.
    heard = encode(Frame(messages.ERROR_REPLY, messages.BAD_FRAME_SEQUENCE, b"\0\6"))
    device.fault = lambda turn, wire: heard if turn < 2 + broken else wire
    assert session.bracket() == (7, 9)
    assert session.retries == broken


def test_frames_shrink_on_a_bad_line_and_grow_again() -> None:
    device = Board(payload=1024, output=900)
    session = session_with(device, run_s=4.0)
    session.hello(within_s=1)
    limit = 100  # bytes of a frame that come through
    device.fault = lambda _, wire: wire if len(wire) < limit else wire[:20] + b"\0" + wire[21:]
    session.send_sample(0, 3, bytes(700))
    result = session.run(0, 3)
    assert result.data == bytes(index % 253 for index in range(900))
    assert 0 < session.retries < 20
    device.fault = lambda _, wire: wire
    for _ in range(12):
        session.send_sample(0, 3, bytes(700))
    assert max(len(frame.payload) for frame in device.requests[-4:]) == 700 + messages.INPUT.size


def test_a_sample_lost_by_a_reset_is_sent_again_and_the_reset_is_counted() -> None:
    device = Board()
    session = session_with(device)
    session.hello(within_s=1, build_id=BUILD)
    session.send_sample(0, 1, bytes(20))
    assert [session.run(0, 1).calls for _ in range(3)] == [1, 2, 3]
    device.reset()
    assert session.run(0, 1).calls == 1
    assert session.resets == 1
    session.send_sample(0, 2, bytes(20))
    device.reset()
    device.held = 2  # as if a run had been begun before
    assert session.run(0, 2).calls == 1
    assert session.resets == 2


def test_after_a_reset_another_build_is_refused() -> None:
    device = Board()
    session = session_with(device)
    session.hello(within_s=1, build_id=BUILD)
    session.send_sample(0, 1, bytes(20))
    session.run(0, 1)
    device.reset()
    device.build = "f" * 16
    with pytest.raises(WrongFirmware, match="runs build ffff"):
        session.run(0, 1)


def test_a_chunk_that_the_device_lost_begins_the_sample_again() -> None:
    device = Board(payload=64)
    session = session_with(device)
    session.hello(within_s=1)

    def fault(turn: int, wire: bytes) -> bytes:
        if turn == 3:
            device.reset()
        return wire

    device.fault = fault
    session.send_sample(0, 4, bytes(200))
    assert (device.held, device.received) == (4, 200)


def test_a_device_that_never_keeps_a_sample_is_an_error() -> None:
    device = Board()
    session = session_with(device)
    session.hello(within_s=1)
    session.send_sample(0, 4, bytes(20))

    def forgets(_: int, wire: bytes) -> bytes:
        device.reset()
        return wire

    device.fault = forgets
    session.run(0, 4)
    with pytest.raises(LinkError, match="refused RUN: no such sample"):
        session.run(0, 4)


@pytest.mark.parametrize("error", [OSError(5, "gone"), termios.error(5, "gone")])
def test_a_cut_line_is_a_link_error_with_its_transcript(error: Exception) -> None:
    class Cut(Board):
        def read(self, count: int) -> bytes:
            if len(self.requests) > 1:
                raise error
            return super().read(count)

    session = session_with(Cut())
    session.hello(within_s=1)
    with pytest.raises(LinkError, match=r"the line broke: .*gone.*; check the cable") as cut:
        session.bracket()
    assert cut.value.transcript is not None
    assert len(cut.value.transcript().splitlines()) == 3 + 3  # two requests, one answer


def test_a_payload_that_no_device_has_is_refused() -> None:
    with pytest.raises(LinkError, match="takes payloads of 8 B only"):
        session_with(Board(payload=8)).hello(within_s=1)
