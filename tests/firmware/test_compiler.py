"""Identity of compilers and libraries: a stand-in for a compiler, and those of this machine."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from harness.boards.catalogue import TargetSpec, load_catalogue
from harness.errors import BuildError
from harness.firmware.builder import FirmwareBuilder
from harness.firmware.compiler import compiler_of, toolchain_digest
from harness.firmware.pio import Environment
from harness.project import Project

ROOT = Path(__file__).parents[2]
CATALOGUE = load_catalogue()
DRIVER = """#!/bin/sh
case "$*" in
*-dumpfullversion*) cat {folder}/version ;;
*-print-prog-name=cc1) echo {folder}/cc1 ;;
*-print-prog-name=*) echo none ;;
*-###*) echo ' {folder}/collect2 -L{folder}/lib -lc -lm {folder}/lib/crt0.o' >&2 ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a board whose compiler is a script."""
    boards = tmp_path / "firmware" / "platforms" / "mcu_sim" / "boards"
    boards.mkdir(parents=True)
    (tmp_path / "platformio.ini").write_text("[env:qemu_m4]\nboard = one\n")
    (boards / "one.json").write_text(json.dumps({"build": {"machine_flags": ["-mthumb"]}}))
    tools = tmp_path / ".tools"
    (tools / "lib").mkdir(parents=True)
    for name in ("version", "cc1", "lib/libc.a", "lib/libm.a", "lib/crt0.o"):
        (tools / name).write_text(name)
    driver = tools / "arm-none-eabi-gcc"
    driver.write_text(DRIVER.format(folder=tools))
    driver.chmod(0o755)
    return tmp_path


def digest(root: Path, target: str = "qemu-m4") -> str:
    return toolchain_digest(root, CATALOGUE[target])


@pytest.mark.parametrize("changed", ["version", "cc1", "lib/libc.a", "lib/libm.a", "lib/crt0.o"])
def test_another_compiler_behind_the_same_driver_is_another_tool_chain(
    checkout: Path, changed: str
) -> None:
    before = digest(checkout)
    assert digest(checkout) == before
    (checkout / ".tools" / changed).write_text("another")
    assert digest(checkout) != before


def test_another_compiler_is_another_image(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[tuple[object, str]] = []

    def compiled(self: Environment, *words: object) -> None:
        built.append((words[-1], self.toolchain))
        raise BuildError("not built")

    monkeypatch.setattr(Environment, "compile", compiled)
    for cc1 in ("a", "a", "another"):
        (checkout / ".tools" / "cc1").write_text(cc1)
        with pytest.raises(BuildError, match="not built"):
            FirmwareBuilder(Project(checkout, checkout)).build(CATALOGUE["qemu-m4"], [])
    assert built[0] == built[1]
    assert built[0][0] != built[2][0]
    assert built[0][1] != built[2][1]


def with_compiler(spec: TargetSpec) -> bool:
    return spec.kind in ("host", "qemu", "simavr")


@pytest.mark.parametrize("name", [name for name, spec in CATALOGUE.items() if with_compiler(spec)])
def test_the_compilers_of_simulated_boards_link_a_c_library(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: set[str] = set()

    def noted(path: Path, *_: object) -> str:
        seen.add(path.name)
        return ""

    monkeypatch.setattr("harness.firmware.compiler._file_digest", noted)
    toolchain_digest(ROOT, CATALOGUE[name])
    assert "cc1" in seen
    assert {"libc.a", "libc.so"} & seen
    assert ("HardwareSerial.cpp" in seen) == (CATALOGUE[name].kind == "simavr")


def test_packages_of_platformio_count_for_boards_that_it_builds_for(tmp_path: Path) -> None:
    before = digest(tmp_path, "esp32dev")
    package = tmp_path / ".platformio" / "packages" / "toolchain-xtensa"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"version": "1"}')
    one = digest(tmp_path, "esp32dev")
    (package / "package.json").write_text('{"version": "2.0"}')
    assert len({before, one, digest(tmp_path, "esp32dev")}) == 3
    shutil.copytree(package, package.with_name("tool-scons"))
    assert digest(tmp_path, "esp32dev") == digest(tmp_path, "esp32-s3")


def test_an_image_names_its_compiler(tmp_path: Path) -> None:
    compiler = shutil.which("gcc")
    assert compiler is not None
    image = tmp_path / "image.o"
    subprocess.run([compiler, "-c", "-x", "c", "/dev/null", "-o", image], check=True)
    assert compiler_of(image).startswith("GCC: (")
    assert compiler_of(Path(__file__)) == ""
    assert compiler_of(ROOT / "none") == ""
