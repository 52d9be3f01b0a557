"""PlatformIO's command line and variables, with a stand-in for the program itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.boards.catalogue import load_catalogue
from harness.errors import BuildError, ToolMissing
from harness.firmware.library import Library
from harness.firmware.pio import Environment, Upload, write_files
from harness.project import Project

UNO = load_catalogue()["uno"]
PIO = """#!/usr/bin/env python3
import json, os, pathlib, sys
workspace = pathlib.Path(os.environ["PLATFORMIO_WORKSPACE_DIR"])
names = [name for name in os.environ if name.startswith(("PLATFORMIO_", "HARNESS_"))]
files = pathlib.Path(os.environ["HARNESS_IMAGE_DIR"])
told = {
    "words": sys.argv[1:],
    "variables": {name: os.environ[name] for name in names},
    "files": {path.name: path.read_text() for path in files.iterdir()},
}
(workspace / "told.json").write_text(json.dumps(told))
if "upload" not in sys.argv and "nothing" not in told["files"]["image.h"]:
    env = workspace / "build" / sys.argv[sys.argv.index("-e") + 1]
    env.mkdir(parents=True, exist_ok=True)
    (env / "firmware.elf").write_text("elf")
sys.exit("error: broken" if "broken" in told["files"]["image.h"] else 0)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    program = tmp_path / "pio"
    program.write_text(PIO, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr("harness.firmware.pio.find_tool", lambda *_: program)
    return Project(tmp_path, tmp_path / "reports")


def told(workspace: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((workspace / "told.json").read_text())
    return found


def test_an_image_is_compiled_in_its_workspace(project: Project, tmp_path: Path) -> None:
    environment = Environment(project, UNO, flags="-DX")
    with environment.workspace() as workspace:
        elf = environment.compile(workspace, {"image.h": "a"}, tmp_path / "logs" / "log")
    assert elf.read_text() == "elf"
    assert workspace == project.builds / "workspaces" / UNO.env
    said = told(workspace)
    command = ["run", "-d", str(tmp_path), "-e", UNO.env, "-v", "--disable-auto-clean"]
    assert said["words"] == command
    assert said["variables"]["PLATFORMIO_BUILD_FLAGS"] == "-DX"
    assert said["variables"]["HARNESS_IMAGE_DIR"] == str(workspace / "image")
    assert "PLATFORMIO_LIB_EXTRA_DIRS" not in said["variables"]
    assert said["files"] == {"image.h": "a"}


def test_a_library_has_a_workspace_and_folders_of_its_own(project: Project, tmp_path: Path) -> None:
    library = Library("TFLM", "1", "ab" * 32, tmp_path / "storage", "_tflm")
    environment = Environment(project, UNO, library=library)
    with environment.workspace() as workspace:
        environment.compile(workspace, {"image.h": "a"}, tmp_path / "log")
    assert environment.name == f"{UNO.env}_tflm"
    assert workspace.name == f"{UNO.env}_tflm-abababababababab"
    folders = told(workspace)["variables"]["PLATFORMIO_LIB_EXTRA_DIRS"]
    assert folders == f"{tmp_path / 'firmware' / 'engines'}, {tmp_path / 'storage'}"


def test_an_upload_writes_its_files_again_and_names_the_port(project: Project) -> None:
    environment = Environment(project, UNO)
    with environment.workspace() as workspace:
        environment.compile(workspace, {"image.h": "of another image"}, project.logs / "log")
    upload = Upload(environment, lambda build_id: {"image.h": build_id}, "feed")
    upload("/dev/ttyACM3")
    said = told(workspace)
    assert said["files"] == {"image.h": "feed"}
    assert said["words"][5:] == [
        "--target",
        "upload",
        "--upload-port",
        "/dev/ttyACM3",
        "--disable-auto-clean",
    ]
    assert (project.logs / f"upload-{UNO.env}-feed.log").exists()


def test_what_goes_wrong_is_a_typed_error(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = Environment(project, UNO)
    with environment.workspace() as workspace:
        with pytest.raises(BuildError, match=r"PlatformIO made no firmware\.elf; log: .*/log"):
            environment.compile(workspace, {"image.h": "nothing"}, tmp_path / "log")
        with pytest.raises(BuildError, match="uno: PlatformIO could not build: error: broken"):
            environment.compile(workspace, {"image.h": "broken"}, tmp_path / "log")
        monkeypatch.setattr("harness.firmware.pio.find_tool", lambda *_: None)
        with pytest.raises(ToolMissing, match="PlatformIO is not installed; make setup"):
            environment.compile(workspace, {"image.h": "a"}, tmp_path / "log")


def test_files_that_are_right_are_left_alone(tmp_path: Path) -> None:
    write_files(tmp_path, {"image.h": "a", "model_x.h": "b"})
    before = (tmp_path / "image.h").stat().st_mtime_ns
    write_files(tmp_path, {"image.h": "a", "model_y.h": "c"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["image.h", "model_y.h"]
    assert (tmp_path / "image.h").stat().st_mtime_ns == before
