"""Six boards on one desk: the real firmware, built for the host, behind ports that USB would list.

Only the operating system's list of ports and the uploader are stood in for.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from serial.tools import list_ports

from harness.boards.catalogue import TargetSpec, load_catalogue
from harness.codegen import CompiledModel
from harness.errors import BuildError, TargetError
from harness.firmware.builder import FirmwareBuilder, Image
from harness.project import Project
from harness.run import plan_run as run_module
from harness.run.plan_run import measure_all
from harness.run.settings import RunSettings
from harness.store import CellRecord, Store
from harness.targets.base import Flashable
from harness.targets.ports import Port, candidates
from harness.targets.serial_board import SerialBoard
from harness.workload.workload import Workload
from tests.chosen_targets import board_with_usb
from tests.targets.desk import listed

pytestmark = pytest.mark.hil
Make = Callable[[str, int], Workload]
STARTER = ThreadPoolExecutor(max_workers=1)
USB = ("2341:0043", "2341:805A", "2E8A:000A", "2341:025B", "303A:1001")
UNO, NANO, PICO, PORTENTA, ESP = BOARDS = [board_with_usb(identity) for identity in USB]


class Board:
    """One board.

    `moves` renames its port at every flash; `hangs` is gone after a flash until that file is there,
    which the power switch makes.
    """

    def __init__(
        self, folder: Path, port: Port, *, moves: bool = False, hangs: Path | None = None
    ) -> None:
        self._folder = folder
        self._moves = moves
        self._hangs = hangs
        self._process: subprocess.Popen[str] | None = None
        self.port = replace(port, device=str(folder / port.device))
        self.uploads: list[str] = []
        self._lost = False

    @property
    def present(self) -> bool:
        """Whether USB lists it."""
        return not self._lost or (self._hangs is not None and self._hangs.exists())

    def flash(self, elf: Path) -> None:
        self.uploads.append(self.port.device)
        self.unplug()
        if self._hangs is not None and not self.present:
            return
        if self._moves:
            self.port = replace(self.port, device=f"{self.port.device}x")
        # The host build dies with the thread that started it, so that is not the run's own.
        self._process = STARTER.submit(
            lambda: subprocess.Popen(
                [str(elf)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        ).result()
        assert self._process.stdout is not None
        Path(self.port.device).symlink_to(self._process.stdout.readline().split()[1])
        self._lost = False

    def unplug(self) -> None:
        self._lost = True
        Path(self.port.device).unlink(missing_ok=True)
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class Farm:
    """The boards, and the targets that they are."""

    def __init__(self, folder: Path) -> None:
        host = load_catalogue()["host"]
        build = ("env", "core", "tools", "flash_bytes", "ram_bytes")
        same = {name: getattr(host, name) for name in build}
        same |= {"clock_hz": None, "counter_hz": host.counter_hz}
        self.specs = {name: load_catalogue()[name].model_copy(update=same) for name in BOARDS}
        self.boards = {
            UNO: Board(folder, Port("ttyACM0", "2341:0043", "SAME", "1-1:1.0")),
            "uno twin": Board(folder, Port("ttyACM1", "2341:0043", "SAME", "1-2:1.0")),
            NANO: Board(folder, Port("ttyACM2", "2341:805A", "N1", "1-3:1.0")),
            PICO: Board(folder, Port("ttyACM3", "2E8A:000A", "P1", "1-4:1.0"), moves=True),
            PORTENTA: Board(
                folder, Port("ttyACM4", "2341:025B", "H7", "1-5:1.0"), hangs=folder / "power"
            ),
            ESP: Board(folder, Port("ttyACM5", "303A:1001", "E1", "1-6:1.0")),
        }

    def ports(self) -> tuple[Port, ...]:
        return tuple(board.port for board in self.boards.values() if board.present)

    def at(self, device: str) -> Board:
        return next(board for board in self.boards.values() if board.port.device == device)


@pytest.fixture
def farm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Farm]:
    folder = tmp_path / "dev"
    folder.mkdir()
    farm = Farm(folder)

    build = FirmwareBuilder.build

    def built(self: FirmwareBuilder, spec: TargetSpec, models: Sequence[CompiledModel]) -> Image:
        image = build(self, spec, models)
        return replace(image, upload=lambda port: farm.at(port).flash(image.elf))

    monkeypatch.setattr(list_ports, "comports", lambda: listed(farm.ports()))
    monkeypatch.setattr(run_module, "load_catalogue", lambda: farm.specs)
    monkeypatch.setattr(FirmwareBuilder, "build", built)
    monkeypatch.setattr(Project, "port_locks", tmp_path / "locks")
    monkeypatch.setattr("harness.targets.ports.REAPPEAR_S", 1.0)
    yield farm
    for board in farm.boards.values():
        board.unplug()


def measured(
    project: Project, workload: Workload, targets: list[str], **power: str
) -> dict[str, CellRecord]:
    with Store(project.store) as store:
        run_id = store.begin_run(
            plan_name="farm",
            plan_text="",
            plan_digest="farm",
            provenance={},
            labels=workload.reference.argmax(axis=1),
            classes=10,
        )
        measure_all(
            [workload],
            targets,
            project,
            store,
            run_id,
            RunSettings(power=power),
            lambda _: None,
        )
        return {cell.key.target: cell for cell in store.cells(run_id)}


def test_boards_are_found_and_run_side_by_side(
    farm: Farm, project: Project, workload: Make
) -> None:
    cells = measured(project, workload("digits_int8", 8), list(farm.specs))
    ended = {target: cell.status for target, cell in cells.items()}
    assert ended == dict.fromkeys(farm.specs, "ok") | {PORTENTA: "failed"}
    assert "did not come back after the upload" in cells[PORTENTA].reason
    uploads = {name: len(board.uploads) for name, board in farm.boards.items()}
    assert uploads == dict.fromkeys(farm.boards, 1) | {"uno twin": 0}
    assert farm.boards[PICO].port.device.endswith("ttyACM3x")


def test_a_board_that_hangs_is_turned_off_and_on(
    farm: Farm, project: Project, workload: Make, tmp_path: Path
) -> None:
    name, switch = PORTENTA, f"touch {tmp_path / 'dev' / 'power'}"
    cell = measured(project, workload("digits_int8", 4), [name], **{name: switch})[name]
    assert (cell.status, len(farm.boards[PORTENTA].uploads)) == ("ok", 2)


@pytest.mark.usefixtures("farm")
def test_a_port_of_a_hub_is_turned_off_and_on(
    project: Project,
    workload: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a stand-in for uhubctl on PATH: the hub and its port come from the board's place."""
    program, switch = tmp_path / "uhubctl", tmp_path / "dev" / "power"
    program.write_text(f'#!/bin/sh\necho "$@" > {switch}\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path), os.environ["PATH"]]))
    name = PORTENTA
    cell = measured(project, workload("digits_int8", 4), [name], **{name: "uhubctl"})[name]
    assert cell.status == "ok"
    assert switch.read_text() == "--location 1 --ports 5 --action cycle\n"


def test_a_board_that_nothing_helps_is_a_row_that_says_what_was_tried(
    farm: Farm, project: Project, workload: Make
) -> None:
    name = PORTENTA
    cell = measured(project, workload("digits_int8", 4), [name], **{name: "true"})[name]
    assert (cell.status, cell.stage) == ("failed", "measure")
    assert "did not come back after the upload (tried: flash, power cycle, flash)" in cell.reason
    assert len(farm.boards[PORTENTA].uploads) == 2


def test_a_power_command_that_fails_is_the_cell_s_reason(
    farm: Farm, project: Project, workload: Make
) -> None:
    name = PORTENTA
    cell = measured(project, workload("digits_int8", 4), [name], **{name: "ls /none"})[name]
    assert cell.status == "failed"
    assert "the power command ended with exit code 2: ls: " in cell.reason
    assert len(farm.boards[PORTENTA].uploads) == 1


def test_a_second_run_uploads_nothing(farm: Farm, project: Project, workload: Make) -> None:
    for _ in range(2):
        cells = measured(project, workload("digits_int8", 4), [UNO, PICO])
        assert [cell.status for cell in cells.values()] == ["ok", "ok"]
    assert [len(farm.boards[name].uploads) for name in (UNO, "uno twin", PICO)] == [1, 0, 1]


def test_runs_at_once_never_share_a_board(
    farm: Farm, tmp_path: Path, workload: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three runs want an Uno and there are two: the third is told who has them."""
    model = workload("digits_int8", 4)
    together = threading.Barrier(3, timeout=60)
    flash = Board.flash

    def flash_together(board: Board, elf: Path) -> None:
        together.wait()
        flash(board, elf)

    monkeypatch.setattr(Board, "flash", flash_together)
    ended: list[tuple[str, str]] = []

    def one(number: int) -> None:
        project = Project.here(tmp_path / f"reports{number}")
        cell = measured(project, model, [UNO])[UNO]
        ended.append((cell.status, cell.reason))
        if cell.status == "failed":
            together.wait()  # both owners are held at their upload until this run has given up

    threads = [threading.Thread(target=one, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(status for status, _ in ended) == ["failed", "ok", "ok"]
    (reason,) = (reason for status, reason in ended if status == "failed")
    assert "the board is in use by process" in reason
    assert [len(farm.boards[name].uploads) for name in (UNO, "uno twin")] == [1, 1]


def test_a_bridge_chip_that_many_boards_have_is_not_flashed_by_guess(
    farm: Farm, tmp_path: Path
) -> None:
    bridges = {
        name: Board(tmp_path, Port(f"ttyUSB{number}", "1A86:7523", "", f"2-{number}:1.0"))
        for number, name in enumerate(("one", "two"))
    }
    farm.boards = bridges
    board = SerialBoard(farm.specs[UNO], candidates(farm.specs[UNO]), tmp_path / "locks")
    image = Flashable(tmp_path / "none.elf", "0" * 16, print)
    with pytest.raises(
        TargetError, match=r"several ports could be this board: .*ttyUSB0, .*ttyUSB1"
    ):
        board.connect(image, tmp_path / "log").__enter__()


def test_boards_that_take_the_same_image_are_not_told_apart(farm: Farm, tmp_path: Path) -> None:
    """A Pico W has the ids of a Pico: of two that are silent either may be flashed."""
    farm.boards = {
        name: Board(tmp_path, Port(f"ttyACM{number}", "2E8A:000A", "", f"2-{number}:1.0"))
        for number, name in enumerate(("one", "two"))
    }
    pico = load_catalogue()[PICO]
    flashed: list[str] = []

    def upload(port: str) -> None:
        flashed.append(port)
        raise BuildError("nothing to flash")

    board = SerialBoard(pico, candidates(pico), tmp_path / "locks")
    image = Flashable(tmp_path / "none.elf", "0" * 16, upload)
    with pytest.raises(TargetError, match=r"nothing to flash \(tried: flash\)"):
        board.connect(image, tmp_path / "log").__enter__()
    assert flashed == [farm.boards["one"].port.device]
