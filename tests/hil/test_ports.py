"""The real firmware on every simulated port, over the port's real serial line.

What the three models of `ports_image` compute, cost and use of the stack is known by construction.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from harness.boards.catalogue import TargetSpec, load_catalogue
from tests.chosen_targets import RUNNABLE, targets_of
from tests.hil.port_client import (
    ADD,
    BRACKET,
    BURN,
    DEEP,
    ERROR,
    HELLO,
    INPUT,
    MEASURE_STACK,
    MODEL,
    OUTPUT,
    RUN,
    UNKNOWN,
    WINDOW,
    Client,
    wire,
)
from tests.hil.port_images import (
    EMPTY,
    MODELS,
    Builds,
    clock_hz,
    cost_of_turn,
    counter_hz,
    counter_name,
    greatest_payload,
    running,
    units,
)

pytestmark = pytest.mark.hil

OVERHEAD = 300  # of an invocation in a window: the call, the copy of 4 bytes, the loop


@pytest.fixture(scope="module", params=RUNNABLE)
def spec(request: pytest.FixtureRequest) -> TargetSpec:
    return load_catalogue()[request.param]


@pytest.fixture(scope="module")
def client(
    spec: TargetSpec, build: Builds, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """One device with the three models, shared by the tests of a port."""
    log = tmp_path_factory.mktemp("log") / spec.name
    with running(spec, build(spec, MODELS), log) as client:
        yield client


def exact(spec: TargetSpec) -> bool:
    return spec.kind != "host"


def test_empty_image(spec: TargetSpec, build: Builds, tmp_path: Path) -> None:
    with running(spec, build(spec, EMPTY), tmp_path / "log") as client:
        hello = client.hello()
        assert hello["build"] == bytes(8)
        assert (hello["models"], hello["arena"]) == (0, 1)
        assert client.error(MODEL, b"\0") == 3
        assert client.error(RUN, struct.pack("<BBI", 0, 0, 0)) == 3
        assert client.error(OUTPUT, struct.pack("<BI", 0, 0)) == 3
        assert client.error(INPUT, struct.pack("<BII", 1, 1, 0) + b"x") == 5


def test_hello(spec: TargetSpec, client: Client) -> None:
    hello = client.hello()
    assert hello["nonce"] == b"\x01\x00\xfe\xff"
    assert hello["build"] == bytes.fromhex("0123456789abcdef")
    assert (hello["models"], hello["arena"], hello["version"]) == (3, 400, "0.1.0")
    assert hello["core"] == spec.core
    assert hello["clock"] == clock_hz(spec)
    assert hello["counter"] == counter_name(spec)
    assert hello["counter_hz"] == counter_hz(spec)
    assert hello["payload"] == greatest_payload(spec)


def test_free_ram(spec: TargetSpec, client: Client) -> None:
    free = client.hello()["free"]
    assert isinstance(free, int)
    if spec.name == "host":
        assert free == UNKNOWN
    else:
        used = spec.ram_bytes - free  # static data, and the stack while HELLO is answered
        assert 600 < used < (1100 if spec.ram_bytes < 4096 else 3000)


def test_model_table(client: Client) -> None:
    rows = [client.answer(MODEL, bytes([index])) for index in range(3)]
    assert rows[ADD] == struct.pack("<BIBIII", 0, 0x11111111, 1, 200, 200, 400) + b"add\0"
    assert rows[BURN] == struct.pack("<BIBIII", 1, 0x22222222, 2, 4, 4, 12) + b"burn\0"
    assert rows[DEEP] == struct.pack("<BIBIII", 2, 0x33333333, 2, 4, 1, 5) + b"deep\0"
    assert client.error(MODEL, b"\x03") == 3


def test_wrong_requests(client: Client) -> None:
    assert client.error(0x42, b"") == 1
    assert client.error(HELLO, b"abc") == 2
    assert client.error(MODEL, b"") == 2
    assert client.error(INPUT, struct.pack("<BII", 1, 1, 0)) == 2
    assert client.error(RUN, b"\0\0\0\0\0") == 2
    assert client.error(OUTPUT, b"\0\0\0\0") == 2
    assert client.error(BRACKET, b"") == 2
    assert client.error(WINDOW, b"\0" * 9) == 2
    assert client.error(WINDOW, struct.pack("<BBII", 3, 0, 0, 1)) == 3


def test_broken_frame_is_reported_and_the_next_one_answered(client: Client) -> None:
    good = wire(HELLO, 7, b"\x01\x02\x03\x04")
    broken = bytearray(good)
    broken[-3] ^= 0x10
    client.line.write(bytes(broken))
    assert client.receive() == (ERROR, 0xFFFF, b"\x00\x06")
    client.line.write(b"garbage before")
    client.line.write(good)
    assert client.receive() == (ERROR, 0xFFFF, b"\x00\x06")
    kind, sequence, payload = client.receive()
    assert (kind, sequence, payload[:4]) == (0x81, 7, b"\x01\x02\x03\x04")


def test_input_run_output(client: Client) -> None:
    payload = client.hello()["payload"]
    assert isinstance(payload, int)
    data = bytes(range(56, 256))
    client.send(1, 77, data, payload - 9)
    *_, size, first = client.run(ADD, 77)
    wanted = bytes((value + 1) % 256 for value in data)
    assert size == 200
    assert first == wanted[: payload - 26]
    for offset in (0, 3, 120, 199):
        answer = client.answer(OUTPUT, struct.pack("<BI", ADD, offset))
        assert answer == struct.pack("<BI", ADD, offset) + wanted[offset:][: payload - 5]
    assert client.error(OUTPUT, struct.pack("<BI", ADD, 200)) == 5
    assert client.error(OUTPUT, struct.pack("<BI", DEEP, 0)) == 4


def test_incomplete_samples_do_not_run(client: Client) -> None:
    def chunk(encoding: int, sample: int, offset: int, data: bytes) -> bytes:
        return struct.pack("<BII", encoding, sample, offset) + data

    client.answer(INPUT, chunk(1, 5, 0, bytes(80)))
    assert client.error(RUN, struct.pack("<BBI", ADD, 0, 5)) == 4
    assert client.error(INPUT, chunk(1, 5, 81, bytes(20))) == 4
    assert client.error(INPUT, chunk(1, 6, 80, bytes(20))) == 4
    assert client.error(INPUT, chunk(2, 5, 3, b"x")) == 4
    client.answer(INPUT, chunk(1, 5, 80, bytes(80)))
    client.answer(INPUT, chunk(1, 5, 80, bytes(80)))
    assert client.error(INPUT, chunk(1, 5, 160, bytes(41))) == 5
    assert client.error(INPUT, chunk(1, 5, 0xFFFFFFFF, b"x")) == 5
    assert client.error(RUN, struct.pack("<BBI", ADD, 0, 5)) == 4
    client.answer(INPUT, chunk(1, 5, 160, bytes(40)))
    assert client.error(RUN, struct.pack("<BBI", ADD, 0, 6)) == 4
    assert client.error(RUN, struct.pack("<BBI", BURN, 0, 5)) == 4
    *_, size, data = client.run(ADD, 5)
    assert (size, set(data)) == (200, {1})


def test_calls_and_stack(spec: TargetSpec, client: Client) -> None:
    client.send(2, 1, struct.pack("<I", 1), 4)
    first, ticks, stack, size, data = client.run(DEEP, 1)
    assert ticks > 0
    assert (stack, size, data) == (UNKNOWN, 1, bytes([228]))
    second, ticks, stack, size, data = client.run(DEEP, 1, MEASURE_STACK)
    assert (second, ticks, size) == (first + 1, 0, 1)
    assert 120 <= stack <= 120 + (200 if spec.name == "host" else 40)
    _, _, shallow, _, _ = client.run(BURN, 1, MEASURE_STACK)
    assert 0 <= shallow <= (200 if spec.name == "host" else 40)
    assert client.run(DEEP, 1)[0] == second + 1


def test_bracket_never_varies(spec: TargetSpec, client: Client) -> None:
    least, greatest = struct.unpack("<QQ", client.answer(BRACKET, b"\x40"))
    assert least <= greatest
    if exact(spec):
        assert units(spec, least) == units(spec, greatest)
        assert 0 < units(spec, least) < 100
    assert len(client.answer(BRACKET, b"\x00")) == 16


def test_ticks_are_exact(spec: TargetSpec, client: Client) -> None:
    short, long = client.burn(100), client.burn(50_000)
    if exact(spec):
        counted = units(spec, long) - units(spec, short)
        assert counted == (50_000 - 100) * cost_of_turn(spec)
        assert units(spec, client.burn(50_000)) == units(spec, long)
    else:
        assert 0 < short < long


def test_ticks_are_exact_around_every_counter_wrap(spec: TargetSpec, client: Client) -> None:
    if not exact(spec):
        least, greatest = struct.unpack("<QQ", client.answer(BRACKET, b"\xff"))
        assert least <= greatest < 10**9
        return
    turns = range(10_905, 10_925)
    counted = [units(spec, client.burn(count)) for count in turns]
    steps = [after - before for before, after in pairwise(counted)]
    assert steps == [cost_of_turn(spec)] * (len(turns) - 1)


@pytest.mark.parametrize("spec", targets_of("rp2040js"), indirect=True)
def test_ticks_are_exact_beyond_systicks_24_bits(spec: TargetSpec, client: Client) -> None:
    """Starts at other phases of its period of 134 ms, which the long run contains twice."""
    turns = (12_000_000, 2_000_000, 5_592_403, 5_592_404, 5_592_405)
    short = units(spec, client.burn(100))
    counted = [units(spec, client.burn(count)) - short for count in turns]
    assert counted == [(count - 100) * cost_of_turn(spec) for count in turns]


def test_window_runs_back_to_back(spec: TargetSpec, client: Client) -> None:
    """Every invocation gets its input anew, counts as a call, and costs the same."""
    client.burn(1000)
    sample = 1000
    before = client.run(BURN, sample)[0]
    ticks = [client.window(BURN, sample, invocations) for invocations in (0, 1, 2, 11)]
    *_, data = after = client.run(BURN, sample)
    assert (after[0], data) == (before + 14 + 1, bytes(4))
    assert client.error(WINDOW, struct.pack("<BBII", ADD, 0, sample, 1)) == 4
    if exact(spec):
        empty, *counted = (units(spec, each) for each in ticks)
        each = counted[1] - counted[0]
        assert counted[2] - counted[0] == 10 * each
        assert 0 <= each - 1000 * cost_of_turn(spec) < OVERHEAD
        assert empty < counted[0]


def test_bytes_arrive_whole_at_full_speed(client: Client) -> None:
    payload = client.hello()["payload"]
    assert isinstance(payload, int)
    client.line.write(b"".join(wire(HELLO, index, struct.pack("<I", index)) for index in range(3)))
    answers = [client.receive() for _ in range(3)]
    assert [sequence for _, sequence, _ in answers] == [0, 1, 2]
    assert [body[:4] for _, _, body in answers] == [struct.pack("<I", index) for index in range(3)]
