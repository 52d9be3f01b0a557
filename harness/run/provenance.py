"""Provenance of a run: versions, commit, tools and targets."""

from __future__ import annotations

import configparser
import platform
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from harness import __version__
from harness.boards.catalogue import load_catalogue
from harness.boards.doctor import examine
from harness.codegen.prefer import BALANCED, Prefer
from harness.project import Project
from harness.tflm.engine import TflmEngine

PREFER = "prefer"  # absent: balanced
PACKAGES = (
    "ai-edge-litert",
    "numpy",
    "platformio",
    "tensorflow",
    "tensorflow-model-optimization",
    "tflite-micro",
)


def provenance(
    project: Project,
    targets: Sequence[str],
    tflm: TflmEngine | None = None,
    prefer: Prefer = BALANCED,
) -> dict[str, Any]:
    """Return the versions, commit, command and tools needed to reproduce the figures."""
    used = {name: load_catalogue()[name] for name in targets}
    libraries = tflm.libraries(used) if tflm is not None else {}
    ini = configparser.ConfigParser(interpolation=None)
    ini.read(project.root / "platformio.ini", encoding="utf-8")
    flags = ini.get("env", "build_flags", fallback="").split()
    return {
        "harness": __version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "commit": _commit(project.root if (project.root / ".git").exists() else Path.cwd()),
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "compiler flags": " ".join(flags),
        **({PREFER: prefer} if prefer != BALANCED else {}),
        **({"tflm library": ", ".join(sorted(set(libraries.values())))} if libraries else {}),
        **_versions(),
        **{
            check.name: check.version
            for check in examine(used, project.root)
            if check.version and check.targets and check.name not in PACKAGES
        },
    }


def _versions() -> dict[str, str]:
    """Return the versions of PACKAGES that are installed."""
    found = {}
    for package in PACKAGES:
        with suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found


def _commit(root: Path) -> str:
    """Return the commit of the checkout that `root` lies in: the harness' own, or, of an installed
    harness, that of the user's project."""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return done.stdout.strip() or "unknown"
