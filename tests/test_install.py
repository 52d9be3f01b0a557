"""A wheel holds all that a user without a checkout needs, and never writes into itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.source_files import ROOT, files

MODEL = (str(ROOT / "tests" / "data" / "digits_int8.tflite"), "--samples", "2", "--target", "host")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's wheel, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A read-only installation."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)
    return folder


def harness(installed: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the installed harness in the folder `home`, away from the checkout."""
    code = "import sys; from harness.cli import main; sys.argv[0] = 'harness'; main()"
    path = [str(installed), *(part for part in sys.path if part and Path(part) != ROOT)]
    return subprocess.run(
        [sys.executable, "-S", "-c", code, *words],
        cwd=home,
        env=os.environ
        | {
            "PYTHONPATH": os.pathsep.join(path),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_wheel_holds_the_repositorys_files_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
    tracked = [path for path in files() if path.parts[0] in ("harness", "firmware")]
    wanted = {
        str(path if path.parts[0] == "harness" else Path("harness", "bundle", path))
        for path in [*tracked, Path("platformio.ini"), Path("LICENSE")]
    }
    assert found == wanted


def test_a_read_only_installation_measures_a_model(installed: Path, tmp_path: Path) -> None:
    assert harness(installed, tmp_path, "setup", "--target", "host").returncode == 0
    done = harness(installed, tmp_path, "bench", *MODEL)
    assert done.returncode == 0, done.stdout + done.stderr
    table = json.loads((tmp_path / "reports/latest/results.json").read_text(encoding="utf-8"))
    assert [(row["status"], row["parity_max_lsb"]) for row in table["rows"]] == [("ok", 0)]
    (root,) = (tmp_path / "cache" / "tinyml-harness").iterdir()
    assert (root / "platformio.ini").read_bytes() == (ROOT / "platformio.ini").read_bytes()
    assert (root / ".pio" / "harness" / "images").is_dir()
    assert list(installed.rglob("__pycache__")) == []


def test_a_missing_tool_names_the_installed_command(installed: Path, tmp_path: Path) -> None:
    done = harness(installed, tmp_path, "bench", *MODEL)
    assert done.returncode != 0
    assert "harness setup" in done.stdout + done.stderr
    assert "make setup" not in done.stdout + done.stderr
