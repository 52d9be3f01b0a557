"""A Linux board: the way over SSH with a stand-in for ssh, and the AArch64 image in QEMU."""

from __future__ import annotations

import os
import platform
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.boards.catalogue import load_catalogue
from harness.errors import HarnessError, InputError, PortBusy, TargetError, WrongFirmware
from harness.firmware.builder import FirmwareBuilder, Image
from harness.project import Project
from harness.run.attach import attach
from harness.run.measurement import Clock, Job, check_table, measure
from harness.run.plausible import TimeCheck
from harness.targets.base import Flashable
from harness.targets.process import ProcessTarget
from harness.targets.ssh_board import SshBoard
from harness.workload.workload import Workload

pytestmark = pytest.mark.hil
PI = load_catalogue()["raspberry-pi"]
ADDRESS = "ssh://pi@desk:2222"
# What ssh does with the command it is given, on this computer; `gone` is a board that is off.
SSH = """\
#!/bin/sh
echo "$*" >> {folder}/calls
while [ "$1" != pi@desk ]; do shift; done
test -e {folder}/gone && {{ echo 'ssh: connect to host desk port 2222: No route' >&2; exit 255; }}
TMPDIR={folder}/tmp exec sh -c "$2"
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "desk"
    (folder / "tmp").mkdir(parents=True)
    ssh = folder / "ssh"
    ssh.write_text(textwrap.dedent(SSH).format(folder=folder), encoding="utf-8")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(folder), os.environ["PATH"]]))
    return folder


@pytest.fixture
def image(project: Project, workload: Callable[[str, int], Workload]) -> Image:
    model = workload("digits_int8", 1).compiled
    return FirmwareBuilder(project).build(load_catalogue()["host"], [model])


def test_the_image_is_copied_run_and_removed(desk: Path, image: Image, tmp_path: Path) -> None:
    board = SshBoard(PI, ADDRESS, tmp_path / "locks")
    with board.connect(image, tmp_path / "log") as session:
        hello = session.hello(within_s=5, build_id=image.build_id)
        assert (hello.models, hello.counter) == (1, "clock-monotonic")
        assert session.bracket()[0] > 0
        assert len(list((desk / "tmp").iterdir())) == 1
        with pytest.raises(PortBusy, match=r"ssh://pi@desk:2222: the board is in use by process"):
            SshBoard(PI, ADDRESS, tmp_path / "locks").connect(image, tmp_path / "x").__enter__()
    assert list((desk / "tmp").iterdir()) == []
    calls = (desk / "calls").read_text(encoding="utf-8").splitlines()
    assert [call.partition(" pi@desk ")[0] for call in calls] == [
        "-T -o BatchMode=yes -o ConnectTimeout=10 -p 2222"
    ] * 2


@pytest.mark.usefixtures("desk")
def test_another_build_is_refused(image: Image, tmp_path: Path) -> None:
    board = SshBoard(PI, ADDRESS, tmp_path / "locks")
    with pytest.raises(WrongFirmware, match=f"runs build {image.build_id}, wanted {'0' * 16}"):
        board.connect(replace(image, build_id="0" * 16), tmp_path / "log").__enter__()


def test_a_board_that_is_off_says_what_ssh_said(desk: Path, image: Image, tmp_path: Path) -> None:
    (desk / "gone").touch()
    board = SshBoard(PI, ADDRESS, tmp_path / "locks")
    with pytest.raises(TargetError, match=r"SSH failed: .*No route; `ssh -T .* pi@desk true` has"):
        board.connect(image, tmp_path / "log").__enter__()


@pytest.mark.usefixtures("desk")
def test_a_program_that_cannot_run_there_is_told(tmp_path: Path) -> None:
    elf = tmp_path / "firmware.elf"
    elf.write_bytes(b"\x7fELF of another machine")
    board = SshBoard(PI, ADDRESS, tmp_path / "locks")
    with pytest.raises(TargetError, match=r"ended with exit code 12[67]; last output: .*xec"):
        board.connect(Flashable(elf, "0" * 16, print), tmp_path / "log").__enter__()


@pytest.mark.parametrize("address", ["pi@desk", "ssh://", "ssh://-oProxyCommand=x", "ssh://a b"])
def test_what_is_no_address_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not the address of a board"):
        SshBoard(PI, address, tmp_path)


def test_a_board_has_to_be_named(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def target(**ports: str) -> object:
        return attach(PI, project, ports=ports, power={})

    with pytest.raises(HarnessError, match=r'address is unknown.* "ssh://user@host", or "local"'):
        target()
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    with pytest.raises(HarnessError, match=r"is a x86_64, the image is for aarch64; \"local\" is"):
        target(**{PI.name: "local"})
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert isinstance(target(**{PI.name: "local"}), ProcessTarget)
    assert isinstance(target(**{PI.name: ADDRESS}), SshBoard)


def test_the_aarch64_image_measures_in_qemu(
    project: Project, workload: Callable[[str, int], Workload], tmp_path: Path
) -> None:
    model = workload("digits_int8", 8).for_core(PI.core)
    image = FirmwareBuilder(project).build(PI, [model.compiled])
    spec = PI.model_copy(update={"command": ("qemu-aarch64", "{elf}")})
    with ProcessTarget(spec, project.root).connect(image, tmp_path / "log") as session:
        hello = session.hello(within_s=5, build_id=image.build_id)
        assert (hello.core, hello.counter) == ("aarch64", "clock-monotonic")
        models = session.models(hello.models)
        check_table(models, [model], spec.name)
        bracket = session.bracket()[0]
        clock = Clock.of(spec, hello, bracket)
        times = TimeCheck.of(spec, model.compiled, hello, bracket, 0.1)
        job = Job(1, model, models[0], frozenset(range(8)), times)
        results = list(measure(session, [job], clock, lambda: None))
    assert all(result.count > 0 for result in results)
    outputs = b"".join(result.output for result in results)
    assert outputs == np.ascontiguousarray(model.reference).tobytes()
