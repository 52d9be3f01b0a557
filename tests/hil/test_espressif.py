"""The driver of Espressif's QEMU against a stand-in, and the script that merges the flash."""

from __future__ import annotations

import os
import runpy
import shlex
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

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
from harness.targets.espressif import EspressifTarget
from harness.workload.workload import Workload

pytestmark = pytest.mark.hil
ROOT = Path(__file__).parents[2]
STAND_IN = Path(__file__).with_name("espressif_stand_in.py")
NAMES = ("qemu-esp32", "qemu-esp32c3")


@pytest.fixture(params=["PATH", "PlatformIO"])
def stand_in(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    folder = home / ".platformio/packages/tool-qemu-esp/qemu/bin"
    if request.param == "PATH":
        folder = tmp_path / "bin"
        path = os.pathsep.join([os.environ["PATH"], str(folder)])  # Debian's come first
        monkeypatch.setenv("PATH", path)
    folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    for name in ("qemu-system-xtensa", "qemu-system-riscv32"):
        command = shlex.join([sys.executable, str(STAND_IN), name])
        (folder / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
        (folder / name).chmod(0o755)


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
@pytest.mark.parametrize("name", NAMES)
def test_a_flash_is_booted_and_measured(
    name: str, image: Image, model: Workload, project: Project, tmp_path: Path
) -> None:
    spec = load_catalogue()[name]
    require_qemu = {check.name: check for check in examine({name: spec}, ROOT)}[spec.tools[0]]
    assert (require_qemu.found, require_qemu.version) == (True, "9.2.2")
    before = image.elf.with_name(FLASH_IMAGE).read_bytes()
    target = attach(spec, project, ports={}, power={})
    with target.connect(image, tmp_path / "log") as session:
        hello = session.hello(within_s=5, build_id=image.build_id)
        models = session.models(hello.models)
        check_table(models, [model], name)
        times = TimeCheck.of(spec, model.compiled, hello, 0, 0.1)
        job = Job(1, model, models[0], frozenset(range(4)), times)
        results = list(measure(session, [job], Clock.of(spec, hello, 0), lambda: None))
    outputs = b"".join(result.output for result in results)
    assert outputs == np.ascontiguousarray(model.reference).tobytes()
    assert image.elf.with_name(FLASH_IMAGE).read_bytes() == before


@pytest.mark.usefixtures("stand_in")
def test_a_flash_that_qemu_cannot_have_is_refused(image: Image, tmp_path: Path) -> None:
    target = EspressifTarget(load_catalogue()["qemu-esp32"], ROOT)
    flash = image.elf.with_name(FLASH_IMAGE)
    flash.write_bytes(b"\xff" * 100_000)
    with pytest.raises(
        TargetError, match=r"flash\.bin has 100,000 B, the simulator takes 2,097,152, "
    ):
        target.connect(image, tmp_path / "log").__enter__()
    flash.unlink()
    with pytest.raises(TargetError, match=r"the build left no flash\.bin; firmware/scripts/fla"):
        target.connect(image, tmp_path / "log").__enter__()


def test_debian_s_qemu_is_not_taken_for_it(
    image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    spec = load_catalogue()["qemu-esp32"]
    with pytest.raises(ToolMissing, match=r"Espressif's qemu-system-xtensa; get it with ESP-IDF"):
        require_tools(spec, tmp_path)
    with pytest.raises(ToolMissing, match=r"Espressif's qemu-system-xtensa is not installed"):
        EspressifTarget(spec, tmp_path).connect(image, tmp_path / "log").__enter__()


class Env(dict[str, Any]):
    """What the script asks of PlatformIO's environment."""

    def __init__(self) -> None:
        super().__init__(FLASH_EXTRA_IMAGES=[("0x1000", "$SDK/boot.bin"), ("0x8000", "p.bin")])
        self.command = ""

    def BoardConfig(self) -> dict[str, str]:  # noqa: N802 - as SCons names it
        return {"build.mcu": "esp32", "upload.flash_size": "4MB"}

    def subst(self, text: str) -> str:
        return text.replace("$ESP32_APP_OFFSET", "0x10000").replace("$SDK", "/sdk")

    def AddPostAction(self, target: str, action: Callable[..., object]) -> None:  # noqa: N802
        assert target == "$BUILD_DIR/${PROGNAME}.bin"
        action(target=["/build/firmware.bin"], source=[], env=self)

    def Execute(self, command: str) -> None:  # noqa: N802
        self.command = command


def test_the_flash_is_merged_as_esptool_documents() -> None:
    env = Env()
    script = str(ROOT / "firmware" / "scripts" / "flash_image.py")
    runpy.run_path(script, init_globals={"Import": lambda _: None, "env": env})
    assert shlex.split(env.command) == [
        "$OBJCOPY",
        *("--chip", "esp32", "merge-bin", "-o", "/build/flash.bin"),
        *("--flash-mode", "dio", "--flash-size", "4MB", "--pad-to-size", "4MB"),
        *("0x10000", "/build/firmware.bin"),
        *("0x1000", "/sdk/boot.bin"),
        *("0x8000", "p.bin"),
    ]
