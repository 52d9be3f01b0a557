"""The choice of the Python that set-up makes .venv with; nothing is installed here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source_files import ROOT

AS_IF = """#!/bin/sh
exec {real} -c 'import sys; sys.version_info = {version}
code = sys.argv[2]; sys.argv[1:] = sys.argv[3:]; exec(code)' "$@"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What set-up reads, with no system package to install."""
    (tmp_path / "scripts").mkdir()
    shutil.copy2(ROOT / "scripts" / "setup.sh", tmp_path / "scripts" / "setup.sh")
    for name in ("scripts/system-packages.txt", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    (tmp_path / "bin").mkdir()
    return tmp_path


def python(checkout: Path, name: str, version: tuple[int, int, int]) -> Path:
    """A Python that takes itself for another version."""
    path = checkout / "bin" / name
    path.write_text(AS_IF.format(real=sys.executable, version=version), encoding="utf-8")
    path.chmod(0o755)
    return path


def set_up(checkout: Path, **environment: str) -> str:
    """What set-up says on stderr when it stops."""
    tools = f"{checkout / 'bin'}:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", checkout / "scripts" / "setup.sh"],
        env={"PATH": tools, "HOME": str(checkout)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    return done.stderr


@pytest.mark.parametrize("version", [(3, 10, 13), (3, 14, 0)])
def test_another_version_is_refused_with_its_number(
    checkout: Path, version: tuple[int, int, int]
) -> None:
    other = python(checkout, "other", version)
    said = set_up(checkout, PYTHON=str(other))
    assert "this project runs on 3.13 3.12 3.11" in said
    assert f"{other} ({'.'.join(map(str, version))})" in said


def test_a_python_that_is_not_there_is_named(checkout: Path) -> None:
    assert "found: nowhere/python, which is not there" in set_up(checkout, PYTHON="nowhere/python")


def test_the_newest_supported_one_is_taken_where_python3_is_none(checkout: Path) -> None:
    python(checkout, "python3", (3, 14, 0))
    python(checkout, "python3.12", (3, 12, 1))
    chosen = python(checkout, "python3.13", (3, 13, 0))
    # The stand-in can make no environment, so set-up stops there.
    assert f"this command failed: {chosen.name} -m venv" in set_up(checkout)


def test_no_python_at_all_names_every_way_to_get_one(checkout: Path) -> None:
    python(checkout, "python3", (3, 14, 0))
    for minor in (11, 12, 13):
        python(checkout, f"python3.{minor}", (3, 9, 0))
    said = set_up(checkout)
    assert "python3 (3.14.0); python3.13 (3.9.0)" in said
    assert all(way in said for way in ("apt-get install", "uv python install", "pyenv", "brew"))
