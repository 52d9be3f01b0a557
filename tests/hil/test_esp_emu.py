"""The driver of esp-emu against a stand-in with its command line and its socket."""

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
from harness.errors import TargetError, ToolMissing
from harness.firmware.builder import FirmwareBuilder, Image
from harness.project import Project
from harness.run.attach import attach
from harness.run.measurement import Clock, Job, check_table, measure
from harness.run.plausible import TimeCheck
from harness.targets.base import FLASH_IMAGE
from harness.targets.esp_emu import EspEmuTarget
from harness.workload.workload import Workload
from tests.chosen_targets import targets_of

pytestmark = pytest.mark.hil
ROOT = Path(__file__).parents[2]
STAND_IN = Path(__file__).with_name("esp_emu_stand_in.py")
NAMES = targets_of("esp-emu")


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "esp-emu"
    program.parent.mkdir()
    command = shlex.join([sys.executable, str(STAND_IN)])
    program.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join([str(program.parent), os.environ["PATH"]]))


@pytest.fixture
def model(workload: Callable[[str, int], Workload]) -> Workload:
    return workload("digits_int8", 4)


@pytest.fixture
def image(project: Project, model: Workload, tmp_path: Path) -> Image:
    """The firmware for the host, in the place that it would have in flash."""
    built = FirmwareBuilder(project).build(load_catalogue()["host"], [model.compiled])
    elf = tmp_path / "image" / "firmware.elf"
    elf.parent.mkdir()
    flash = bytearray(b"\xff" * (4 << 20))
    program = built.elf.read_bytes()
    flash[0x10000 : 0x10000 + len(program)] = program
    elf.with_name(FLASH_IMAGE).write_bytes(flash)
    return replace(built, elf=elf)


@pytest.mark.usefixtures("stand_in")
def test_a_flash_is_booted_and_measured(
    image: Image, model: Workload, project: Project, tmp_path: Path
) -> None:
    spec = load_catalogue()[NAMES[0]]
    (emulator,) = (check for check in examine({spec.name: spec}, ROOT) if check.name == "esp-emu")
    assert (emulator.found, emulator.version) == (True, "0.30.0")
    with attach(spec, project, ports={}, power={}).connect(image, tmp_path / "log") as session:
        hello = session.hello(within_s=5, build_id=image.build_id)
        models = session.models(hello.models)
        check_table(models, [model], spec.name)
        times = TimeCheck.of(spec, model.compiled, hello, 0, 0.1)
        job = Job(1, model, models[0], frozenset(range(4)), times)
        results = list(measure(session, [job], Clock.of(spec, hello, 0), lambda: None))
    outputs = b"".join(result.output for result in results)
    assert outputs == np.ascontiguousarray(model.reference).tobytes()


@pytest.mark.usefixtures("stand_in")
def test_options_that_the_emulator_does_not_know_are_its_last_words(
    image: Image, tmp_path: Path
) -> None:
    spec = load_catalogue()[NAMES[0]]
    other = spec.model_copy(update={"command": (*spec.command, "--speed", "9")})
    with pytest.raises(TargetError, match=r"exit code 1; last output: error: these options"):
        EspEmuTarget(other, ROOT).connect(image, tmp_path / "log").__enter__()


@pytest.mark.parametrize("name", NAMES)
def test_each_chip_boots_the_image_of_its_board(name: str) -> None:
    spec = load_catalogue()[name]
    chip = name.removeprefix("esp-emu-")
    board = load_catalogue()[f"esp32-{chip}"]
    assert spec.command[1:3] == ("--chip", f"esp32{chip}")
    assert (spec.env, spec.core) == (board.env, board.core)
    assert (spec.flash_bytes, spec.ram_bytes) == (board.flash_bytes, board.ram_bytes)


def test_without_the_emulator_the_advice_is_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match=r"esp-emu; get it with install\.sh of https://github"):
        require_tools(load_catalogue()[NAMES[0]], tmp_path)
