"""The serial board's class against the real firmware, built for the host, behind a port."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.boards.catalogue import load_catalogue
from harness.errors import LinkError, TargetError
from harness.firmware.builder import FirmwareBuilder, Image
from harness.project import Project
from harness.targets.ports import Port
from harness.targets.serial_board import SerialBoard
from harness.workload.workload import Workload

pytestmark = pytest.mark.hil
UNO = load_catalogue()["uno"]


class Desk:
    """A board on a desk: `port` leads to the firmware that was flashed last."""

    def __init__(self, folder: Path) -> None:
        self.port = folder / "ttyUSB0"
        self.process: subprocess.Popen[str] | None = None

    def flash(self, image: Image) -> None:
        self.unplug()
        self.process = subprocess.Popen(
            [str(image.elf)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.port.symlink_to(self.process.stdout.readline().split()[1])

    def unplug(self) -> None:
        self.port.unlink(missing_ok=True)
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.unplug()


@pytest.fixture
def images(project: Project, workload: Callable[[str, int], Workload]) -> tuple[Image, Image]:
    builder, host = FirmwareBuilder(project), load_catalogue()["host"]
    return builder.build(host, []), builder.build(host, [workload("digits_int8", 1).compiled])


def board(desk: Desk, tmp_path: Path) -> SerialBoard:
    return SerialBoard(UNO, [Port(str(desk.port))], tmp_path / "locks")


def test_a_board_that_runs_the_build_is_not_flashed(
    desk: Desk, images: tuple[Image, Image], tmp_path: Path
) -> None:
    desk.flash(images[1])
    uploads: list[str] = []
    image = replace(images[1], upload=uploads.append)
    with board(desk, tmp_path).connect(image, tmp_path / "log") as session:
        assert session.hello(within_s=2).models == 1
        assert session.bracket()[0] > 0
    assert uploads == []


def test_other_firmware_is_replaced_and_the_port_may_change(
    desk: Desk, images: tuple[Image, Image], tmp_path: Path
) -> None:
    desk.flash(images[0])
    uploads: list[str] = []

    def upload(port: str) -> None:
        uploads.append(port)
        desk.flash(images[1])

    image = replace(images[1], upload=upload)
    with board(desk, tmp_path).connect(image, tmp_path / "log") as session:
        assert session.hello(within_s=2, build_id=images[1].build_id).models == 1
    assert uploads == [str(desk.port)]


def test_a_board_in_use_names_its_owner(
    desk: Desk, images: tuple[Image, Image], tmp_path: Path
) -> None:
    desk.flash(images[0])
    mine, other = (board(desk, tmp_path) for _ in range(2))
    with mine.connect(images[0], tmp_path / "log"):
        theirs = other.connect(images[0], tmp_path / "log")
        with pytest.raises(TargetError, match=r"in use by process \d+ of \w+; wait"):
            theirs.__enter__()
    with other.connect(images[0], tmp_path / "log") as session:
        assert session.hello(within_s=2).models == 0


def test_a_port_that_is_not_there_says_what_to_check(
    tmp_path: Path, images: tuple[Image, Image]
) -> None:
    nowhere = SerialBoard(UNO, [Port("socket://127.0.0.1:9")], tmp_path / "locks")
    with pytest.raises(LinkError, match=r"socket://127.0.0.1:9: cannot open the port.*dialout"):
        nowhere.connect(images[0], tmp_path / "log").__enter__()
