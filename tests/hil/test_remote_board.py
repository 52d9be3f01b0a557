"""Boards on network ports, and the ladder that recovers one that hangs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.boards.catalogue import TargetSpec, load_catalogue
from harness.errors import LinkError, TargetError, WrongFirmware
from harness.firmware.builder import FirmwareBuilder, Image
from harness.project import Project
from harness.targets import serial_board
from harness.targets.ports import Port, port_named
from harness.targets.serial_board import SerialBoard
from harness.workload.workload import Workload
from tests.chosen_targets import CATALOGUE, board_with_usb
from tests.hil.remote_desk import Server, SimulatedBoard

pytestmark = pytest.mark.hil
ESP, UNO, PICO = (
    CATALOGUE[board_with_usb(identity)] for identity in ("303A:1001", "2341:0043", "2E8A:000A")
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_board, "HELLO_S", 1.5)
    monkeypatch.setattr(serial_board, "BOOT_S", 2.5)


@pytest.fixture
def images(project: Project, workload: Callable[[str, int], Workload]) -> tuple[Image, Image]:
    builder, host = FirmwareBuilder(project), load_catalogue()["host"]
    without, digits = (
        replace(builder.build(host, models), upload=no_upload)
        for models in ([], [workload("digits_int8", 1).compiled])
    )
    return without, digits


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def make(elf: Path, method: str = "esp", *, raw: bool = False) -> Server:
        servers.append(Server(SimulatedBoard(elf, method), raw=raw))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


def no_upload(port: str) -> None:
    raise AssertionError(f"{port} is not to be flashed")


@pytest.mark.parametrize("raw", [False, True])
def test_a_network_port_is_a_port(
    raw: bool, serve: Callable[..., Server], images: tuple[Image, Image], tmp_path: Path
) -> None:
    server = serve(images[1].elf, raw=raw)
    board = SerialBoard(ESP, [port_named(server.url)], tmp_path / "locks")
    for _ in range(2):
        with board.connect(images[1], tmp_path / "log") as session:
            assert session.hello(within_s=2).models == 1
            assert len(session.models(1)) == 1
            assert session.retries == 0
    assert server.board.resets == 0  # opening the port moves no line against the other


@pytest.mark.parametrize(("spec", "method"), [(ESP, "esp"), (UNO, "dtr")])
def test_a_board_that_hangs_is_reset_and_not_flashed(
    spec: TargetSpec,
    method: str,
    serve: Callable[..., Server],
    images: tuple[Image, Image],
    tmp_path: Path,
) -> None:
    server = serve(images[1].elf, method)
    server.board.off()
    board = SerialBoard(spec, [port_named(server.url)], tmp_path / "locks")
    with board.connect(images[1], tmp_path / "log") as session:
        assert session.hello(within_s=2).models == 1
    assert server.board.resets >= 1  # an Uno: at every opening of its port


def test_the_whole_ladder_and_what_it_says_in_the_end(
    serve: Callable[..., Server],
    images: tuple[Image, Image],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serial_board, "HELLO_S", 0.3)
    monkeypatch.setattr(serial_board, "BOOT_S", 0.3)
    server = serve(images[1].elf)
    server.board.works = False
    server.board.off()
    uploads: list[str] = []
    switch = tmp_path / "switched"
    ports = [port_named(server.url)]
    board = SerialBoard(ESP, ports, tmp_path / "locks", f"touch {switch}")
    image = replace(images[1], upload=uploads.append)
    with pytest.raises(
        TargetError, match=r"no answer .*\(tried: reset, flash, power cycle, flash\); check that"
    ):
        board.connect(image, tmp_path / "log").__enter__()
    assert switch.exists()
    assert uploads == [server.url] * 2
    assert server.board.resets == 1


def test_an_image_that_runs_but_is_another_is_flashed_not_reset(
    serve: Callable[..., Server], images: tuple[Image, Image], tmp_path: Path
) -> None:
    server = serve(images[0].elf)

    def upload(port: str) -> None:
        assert port == server.url
        server.board.elf = images[1].elf
        server.board.boot()

    board = SerialBoard(ESP, [port_named(server.url)], tmp_path / "locks")
    with board.connect(replace(images[1], upload=upload), tmp_path / "log") as session:
        assert session.hello(within_s=2).models == 1
    assert server.board.resets == 0
    useless = replace(images[0], upload=lambda _: None)
    with pytest.raises(WrongFirmware, match=f"runs build {images[1].build_id}"):
        board.connect(useless, tmp_path / "log").__enter__()


@pytest.mark.parametrize(("spec", "raw"), [(UNO, False), (PICO, False), (ESP, True)])
def test_what_no_uploader_reaches_is_not_flashed(
    spec: TargetSpec,
    raw: bool,
    serve: Callable[..., Server],
    images: tuple[Image, Image],
    tmp_path: Path,
) -> None:
    server = serve(images[0].elf, raw=raw)
    board = SerialBoard(spec, [port_named(server.url)], tmp_path / "locks")
    with pytest.raises(WrongFirmware, match=f"wanted {images[1].build_id}"):
        board.connect(images[1], tmp_path / "log").__enter__()


def test_a_server_that_is_not_there(images: tuple[Image, Image], tmp_path: Path) -> None:
    for url in ("rfc2217://127.0.0.1:9", "socket://127.0.0.1:9"):
        board = SerialBoard(PICO, [Port(url)], tmp_path / "locks")
        with pytest.raises(LinkError, match=f"{url}: cannot open the port"):
            board.connect(images[0], tmp_path / "log").__enter__()
