"""The Renode driver against a stand-in with its command line, monitor and socket terminal."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.boards.catalogue import load_catalogue
from harness.boards.doctor import examine, require_tools
from harness.errors import TargetError, ToolMissing, WrongFirmware
from harness.firmware.builder import FirmwareBuilder
from harness.project import Project
from harness.run.attach import attach
from harness.run.measurement import check_table
from harness.targets.base import Flashable
from harness.targets.renode import RenodeTarget, complaint, write_scripts
from harness.workload.workload import Workload

pytestmark = pytest.mark.hil
ROOT = Path(__file__).parents[2]
STAND_IN = Path(__file__).with_name("renode_stand_in.py")
F446 = load_catalogue()["renode-f446re"]


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program = tmp_path / "bin" / "renode"
    program.parent.mkdir()
    command = shlex.join([sys.executable, str(STAND_IN)])
    program.write_text(f'#!/bin/sh\n{command} "$@"\n', encoding="utf-8")  # a launcher, as it is
    program.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(program.parent), os.environ["PATH"]]))
    return program


def test_the_scripts_are_what_the_documentation_shows(tmp_path: Path) -> None:
    machine = load_catalogue()["renode-nano33ble"].renode
    assert machine is not None
    elf = tmp_path / "an image.elf"
    write_scripts(tmp_path, machine, name="renode-nano33ble", elf=elf, port=3456)
    assert (tmp_path / "machine.repl").read_text() == (
        'using "platforms/boards/arduino_nano_33_ble.repl"\n\n'
        "dwt: Miscellaneous.DWT @ sysbus 0xE0001000\n"
        "    frequency: 64000000\n"
    )
    assert (tmp_path / "run.resc").read_text().splitlines() == [
        "logLevel 3",
        'mach create "renode-nano33ble"',
        f"machine LoadPlatformDescription @{tmp_path}/machine.repl",
        "sysbus.cpu PerformanceInMips 64",
        'emulation CreateServerSocketTerminal 3456 "line" False',
        "connector Connect sysbus.uart0 line",
        f"sysbus LoadELF @{tmp_path}/an\\ image.elf",
        "start",
    ]


@pytest.mark.usefixtures("stand_in")
def test_an_arm_image_measures_over_the_socket(
    project: Project, workload: Callable[[str, int], Workload], tmp_path: Path
) -> None:
    model = workload("digits_int8", 6).for_core(F446.core)
    image = FirmwareBuilder(project).build(F446, [model.compiled])
    target = attach(F446, project, ports={}, power={})
    with target.connect(image, tmp_path / "log") as session:
        hello = session.hello(within_s=5, build_id=image.build_id)
        assert (hello.core, hello.counter) == ("cortex-m4f", "dwt-cyccnt")
        assert (hello.clock_hz, hello.counter_hz) == (180_000_000, 180_000_000)
        models = session.models(hello.models)
        check_table(models, [model], F446.name)
        outputs = b""
        for sample in range(6):  # times are not checked: QEMU has no DWT, the counter stands still
            data = np.ascontiguousarray(model.inputs[sample]).tobytes()
            session.send_sample(models[0].encoding, sample, data)
            outputs += session.run(models[0].index, sample).data
    assert outputs == np.ascontiguousarray(model.reference).tobytes()
    with pytest.raises(WrongFirmware):
        target.connect(replace(image, build_id="0" * 16), tmp_path / "log").__enter__()


@pytest.mark.usefixtures("stand_in")
def test_what_the_monitor_complains_of_is_the_reason(tmp_path: Path) -> None:
    elf = tmp_path / "firmware.elf"
    elf.write_bytes(b"no ELF")
    target = RenodeTarget(F446, ROOT)
    with pytest.raises(TargetError, match=r"executing command 'sysbus LoadELF .*': Could not load"):
        target.connect(Flashable(elf, "0" * 16, print), tmp_path / "log").__enter__()
    h743 = RenodeTarget(load_catalogue()["renode-h743"], ROOT)
    with pytest.raises(TargetError, match=r"Error E36: Could not load .*stm32h743.repl"):
        h743.connect(Flashable(elf, "0" * 16, print), tmp_path / "log").__enter__()


def test_a_renode_that_ends_says_how(stand_in: Path, tmp_path: Path) -> None:
    stand_in.write_text("#!/bin/sh\necho no display >&2\nexit 3\n", encoding="utf-8")
    with pytest.raises(TargetError, match=r"ended with exit code 3; last output: no display"):
        RenodeTarget(F446, ROOT).connect(
            Flashable(tmp_path / "none.elf", "0" * 16, print), tmp_path / "log"
        ).__enter__()


def test_without_renode_the_doctor_says_how_to_get_it(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (found,) = (check for check in examine({"r": F446}, ROOT) if check.name == "renode")
    assert (found.found, found.version) == (True, "1.15.3.7479")
    stand_in.unlink()
    (lacks,) = (check for check in examine({"r": F446}, ROOT) if check.name == "renode")
    assert (lacks.found, lacks.optional) == (False, True)
    assert "https://renode.io" in lacks.remedy
    with pytest.raises(ToolMissing, match=r"not installed: renode; get .*renode\.io and put it on"):
        require_tools(F446, ROOT)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolMissing, match=r"renode is not installed"):
        RenodeTarget(F446, ROOT).connect(
            Flashable(tmp_path / "none.elf", "0" * 16, print), tmp_path / "log"
        ).__enter__()


def test_a_monitor_without_complaints() -> None:
    assert complaint("Starting emulation...\n") == ""
