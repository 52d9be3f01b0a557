"""Versions of a runtime library, by folder or git revision."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.boards.catalogue import load_catalogue
from harness.cli import app
from harness.compare.versions import two_versions, version_of
from harness.errors import InputError
from harness.firmware.builder import FirmwareBuilder
from harness.firmware.library import Library
from harness.project import Project
from tests.tflm.test_library import make


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A checkout with an engine, committed, and one more library."""
    root = tmp_path / "checkout"
    for name, text in (("engine/src/engine.h", "int v1;\n"), ("link/frame.h", "int frame;\n")):
        path = root / "firmware" / "lib" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    git = ["git", "-C", str(root), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"], ["tag", "v1"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    (root / "firmware/lib/engine/src/engine.h").write_text("int v2;\n")
    return Project(root, tmp_path / "reports")


def own(given: str, project: Project) -> Library:
    version = version_of(given, project, ["host"])
    assert version.engine == "codegen"
    assert version.own is not None
    assert version.settings.engine == version.own
    assert version.settings.layers
    return version.own


def test_an_engine_is_a_revision_a_folder_or_a_checkout(project: Project) -> None:
    committed = own("v1", project)
    assert committed.storage is not None
    assert (committed.storage / "engine/src/engine.h").read_text() == "int v1;\n"
    assert (committed.storage / "link/frame.h").read_text() == "int frame;\n"
    folder = project.root / "firmware/lib/engine"
    changed = own(str(folder), project)
    assert changed == own(str(project.root), project)
    assert changed.digest != committed.digest
    (folder / "src/engine.h").write_text("int v1;\n")
    assert own(str(folder), project).digest == committed.digest  # the same content, the same images


def test_platformio_takes_the_engine_in_the_place_of_the_firmwares_libraries(
    project: Project,
) -> None:
    (project.root / "platformio.ini").write_text("")
    committed = own("v1", project)
    builder = FirmwareBuilder(project, library=committed)
    environment = builder.environment(load_catalogue()["host"])
    variables = environment._variables(project.builds)
    assert variables["PLATFORMIO_LIB_DIR"] == str(committed.storage)
    assert "PLATFORMIO_LIB_EXTRA_DIRS" not in variables


def test_what_is_no_library_says_so(project: Project, tmp_path: Path) -> None:
    for given in ("nowhere", "--all"):
        with pytest.raises(InputError, match=f"'{given}' is no folder and no git revision"):
            version_of(given, project, ["host"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no runtime library"):
        version_of(str(tmp_path / "empty"), project, ["host"])
    with pytest.raises(InputError, match="was given 1 times"):
        two_versions(["v1"], project, ["host"])
    port = make(tmp_path / "port")
    with pytest.raises(InputError, match=r"v1 is a library of codegen, .*port of tflm"):
        two_versions(["v1", str(port)], project, ["host"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["m.tflite", "--library", "a", "--library", "b"], "no target"),
        (["b.json", "--target", "host"], "belong to --library OLD --library NEW"),
        (["b.json", "c", "d"], "3 paths"),
        (["b.json", "--library", "a", "--accept"], "--run and --accept belong to a baseline"),
    ],
)
def test_options_of_the_other_gate_are_refused(arguments: list[str], message: str) -> None:
    done = CliRunner().invoke(app, ["compare", *arguments])
    assert isinstance(done.exception, InputError)
    assert message in str(done.exception)
