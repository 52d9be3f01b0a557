"""The real firmware on every simulated port, over the port's real serial line.

The client here is written from docs/protocol.md alone, so that a mistake in `harness.link` and one
in the firmware cannot hide each other.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import serial
from cobs import cobs

from harness.targets.catalogue import TargetSpec, load_catalogue

pytestmark = pytest.mark.hil

ROOT = Path(__file__).resolve().parents[2]
MODELS = Path(__file__).with_name("ports_image")
EMPTY = ROOT / "firmware" / "empty"
TARGETS = ["host", "qemu-m4", "qemu-riscv", "simavr-uno"]
ANSWER_S = 20.0

HELLO, MODEL, INPUT, RUN, OUTPUT, BRACKET, ERROR = 1, 2, 3, 4, 5, 6, 0xFF
ADD, BURN, DEEP = 0, 1, 2
UNKNOWN = 0xFFFFFFFF
MEASURE_STACK = 1

Build = Callable[[TargetSpec, Path], Path]


def wire(kind: int, sequence: int, payload: bytes) -> bytes:
    body = struct.pack("<BBHH", 1, kind, sequence, len(payload)) + payload
    return b"\0" + cobs.encode(body + struct.pack("<I", zlib.crc32(body))) + b"\0"


class Client:
    def __init__(self, line: serial.Serial) -> None:
        self.line = line
        self.sequence = 100

    def receive(self) -> tuple[int, int, bytes]:
        piece = b""
        end = time.monotonic() + ANSWER_S
        while time.monotonic() < end:
            byte = self.line.read(1)
            if byte != b"\0":
                piece += byte
            elif piece:
                data = cobs.decode(piece)
                body, crc = data[:-4], struct.unpack("<I", data[-4:])[0]
                version, kind, sequence, length = struct.unpack_from("<BBHH", body)
                assert (version, length, crc) == (1, len(body) - 6, zlib.crc32(body))
                return kind, sequence, body[6:]
        raise AssertionError(f"no frame within {ANSWER_S} s, only {piece!r}")

    def ask(self, kind: int, payload: bytes) -> tuple[int, bytes]:
        self.sequence += 1
        self.line.write(wire(kind, self.sequence, payload))
        reply, sequence, answer = self.receive()
        assert sequence == self.sequence
        return reply, answer

    def answer(self, kind: int, payload: bytes) -> bytes:
        reply, answer = self.ask(kind, payload)
        assert reply == kind | 0x80, answer
        return answer

    def error(self, kind: int, payload: bytes) -> int:
        reply, answer = self.ask(kind, payload)
        assert (reply, answer[0]) == (ERROR, kind)
        return answer[1]

    def hello(self) -> dict[str, object]:
        answer = self.answer(HELLO, b"\x01\x00\xfe\xff")
        names = ["nonce", "payload", "models", "build", "clock", "counter_hz", "free", "arena"]
        values = struct.unpack_from("<4sHB8sIIII", answer)
        core, counter, version, rest = answer[31:].split(b"\0")
        assert rest == b""
        return dict(zip(names, values, strict=True)) | {
            "core": core.decode(),
            "counter": counter.decode(),
            "version": version.decode(),
        }

    def send(self, encoding: int, sample: int, data: bytes, room: int) -> None:
        for offset in range(0, len(data), room):
            chunk = data[offset : offset + room]
            answer = self.answer(INPUT, struct.pack("<BII", encoding, sample, offset) + chunk)
            assert struct.unpack("<II", answer) == (sample, offset + len(chunk))

    def run(self, model: int, sample: int, flags: int = 0) -> tuple[int, int, int, int, bytes]:
        """Calls, ticks, stack, output bytes, first data."""
        answer = self.answer(RUN, struct.pack("<BBI", model, flags, sample))
        assert struct.unpack_from("<BBI", answer) == (model, flags, sample)
        calls, ticks, stack, size = struct.unpack_from("<IQII", answer, 6)
        return calls, ticks, stack, size, answer[26:]

    def burn(self, turns: int) -> int:
        """Ticks of the loop of known length."""
        self.send(2, turns, struct.pack("<I", turns), 4)
        _, ticks, _, size, data = self.run(BURN, turns)
        assert (size, data) == (4, bytes(4))
        return ticks


def run_script(name: str) -> None:
    subprocess.run([sys.executable, str(ROOT / "scripts" / name)], check=True)


def await_pty(log: Path, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + ANSWER_S
    while time.monotonic() < end:
        words = log.read_text().split()
        found = [word for word in words if word.startswith("/dev/")]
        if found and log.read_text().endswith("\n"):
            return found[0]
        assert process.poll() is None, log.read_text()
        time.sleep(0.005)
    raise AssertionError(f"no pty named within {ANSWER_S} s: {log.read_text()!r}")


@contextmanager
def running(spec: TargetSpec, elf: Path, log: Path) -> Iterator[Client]:
    program, *rest = (word.format(elf=elf) for word in spec.command)
    path = shutil.which(program) or str(ROOT / ".tools" / program)
    with log.open("wb") as output:
        process = subprocess.Popen([path, *rest], stdin=subprocess.PIPE, stdout=output)
    try:
        with serial.Serial(await_pty(log, process), 115200, timeout=0.05) as line:
            yield Client(line)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    run_script("pio_core.py")
    run_script("build_runner.py")
    folder = tmp_path_factory.mktemp("pio")

    def build(spec: TargetSpec, image: Path) -> Path:
        kept = folder / f"{spec.name}-{image.name}.elf"
        if not kept.exists():
            workspace = folder / spec.env
            environment = os.environ | {
                "PLATFORMIO_WORKSPACE_DIR": str(workspace),
                "HARNESS_IMAGE_DIR": str(image),
            }
            pio = Path(sys.executable).with_name("pio")
            command = [str(pio), "run", "-e", spec.env]
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stdout + done.stderr
            shutil.copy2(workspace / "build" / spec.env / "firmware.elf", kept)
        return kept

    return build


@pytest.fixture(scope="module", params=TARGETS)
def spec(request: pytest.FixtureRequest) -> TargetSpec:
    return load_catalogue()[request.param]


@pytest.fixture(scope="module")
def client(
    spec: TargetSpec, build: Build, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """One device with the three models, shared by the tests of a port."""
    with ExitStack() as stack:
        log = tmp_path_factory.mktemp("log") / spec.name
        yield stack.enter_context(running(spec, build(spec, MODELS), log))


def cost_of_turn(spec: TargetSpec) -> int:
    """Cycles or instructions of one turn of the burning loop."""
    return 6 if spec.kind == "simavr" else 2


def units(spec: TargetSpec, ticks: int) -> int:
    assert spec.ticks_per_unit is not None
    return round(ticks / spec.ticks_per_unit)


def exact(spec: TargetSpec) -> bool:
    return spec.kind != "host"


def test_empty_image(spec: TargetSpec, build: Build, tmp_path: Path) -> None:
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
    assert hello["clock"] == {"qemu-riscv": 1_000_000_000}.get(spec.name, spec.clock_hz or 0)
    expected = {
        "host": ("clock-monotonic", 1_000_000_000, 1024),
        "qemu-m4": ("cmsdk-timer", 25_000_000, 1024),
        "qemu-riscv": ("minstret", 1_000_000_000, 1024),
        "simavr-uno": ("timer1", 16_000_000, 96),
    }[spec.name]
    assert (hello["counter"], hello["counter_hz"], hello["payload"]) == expected


def test_free_ram(spec: TargetSpec, client: Client) -> None:
    free = client.hello()["free"]
    assert isinstance(free, int)
    if spec.name == "host":
        assert free == UNKNOWN
    else:
        used = spec.ram_bytes - free
        assert 600 < used < (1100 if spec.name == "simavr-uno" else 3000)


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
    assert client.run(ADD, 5)[3:] == (200, bytes([1] * 200)[: client_room(client)])


def client_room(client: Client) -> int:
    payload = client.hello()["payload"]
    assert isinstance(payload, int)
    return payload - 26


def test_calls_and_stack(spec: TargetSpec, client: Client) -> None:
    client.send(2, 1, struct.pack("<I", 1), 4)
    first, ticks, stack, size, data = client.run(DEEP, 1)
    assert ticks > 0
    assert (stack, size, data) == (UNKNOWN, 1, bytes([228]))
    second, ticks, stack, size, data = client.run(DEEP, 1, MEASURE_STACK)
    assert (second, ticks, size) == (first + 1, 0, 1)
    assert 120 <= stack <= 120 + (200 if spec.name == "host" else 32)
    _, _, shallow, _, _ = client.run(BURN, 1, MEASURE_STACK)
    assert 0 <= shallow <= (200 if spec.name == "host" else 32)
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
    assert [after - before for before, after in zip(counted, counted[1:], strict=False)] == [
        cost_of_turn(spec)
    ] * (len(turns) - 1)


def test_bytes_arrive_whole_at_full_speed(client: Client) -> None:
    payload = client.hello()["payload"]
    assert isinstance(payload, int)
    client.line.write(b"".join(wire(HELLO, index, struct.pack("<I", index)) for index in range(3)))
    answers = [client.receive() for _ in range(3)]
    assert [sequence for _, sequence, _ in answers] == [0, 1, 2]
    assert [body[:4] for _, _, body in answers] == [struct.pack("<I", index) for index in range(3)]
