"""Another version of this project's engine: a folder of it, or the one of a git revision.

The firmware's other libraries stay those of the checkout. PlatformIO gets all of them in one folder
that takes the place of firmware/lib.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile
from pathlib import Path

from harness.durable import discard_damaged, intact, sealed
from harness.errors import InputError
from harness.firmware.library import Library
from harness.project import Project

LIBRARIES = Path("firmware", "lib")
ENGINE = LIBRARIES / "engine"
MARK = Path("src", "engine.h")  # of an engine's folder
NAME = "engine"
HINT = (
    "give a folder like firmware/lib/engine, a checkout that has one, or a git revision of this "
    "project; or the folder of a library of TensorFlow Lite Micro"
)


def engine_folder(given: Path) -> Path | None:
    """Return the engine in a folder: itself, or that of a checkout; None where there is none."""
    return next((each for each in (given, given / ENGINE) if (each / MARK).is_file()), None)


def engine_of_folder(folder: Path, project: Project) -> Library:
    """Return the engine in `folder` as what replaces firmware/lib."""
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return _library(files, folder.name, project)


def engine_of_revision(revision: str, project: Project) -> Library:
    """Return the engine of a git revision. Raises InputError where there is no such revision."""
    if revision.startswith("-"):
        raise InputError(f"'{revision}' is no folder and no git revision", hint=HINT)
    named = _git(project.root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if named is None:
        raise InputError(f"'{revision}' is no folder and no git revision", hint=HINT)
    commit = named.decode().strip()
    archive = _git(project.root, "archive", commit, ENGINE.as_posix())
    if archive is None:
        raise InputError(f"revision {commit[:12]} has no {ENGINE}", hint=HINT)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = {
            Path(each.name).relative_to(ENGINE).as_posix(): content.read()
            for each in tar
            if (content := tar.extractfile(each)) is not None
        }
    return _library(files, commit[:12], project)


def _library(files: dict[str, bytes], version: str, project: Project) -> Library:
    """Return all libraries of the firmware with this engine, in a folder named by its content."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    others = project.root / LIBRARIES
    own = [path for path in sorted(others.iterdir()) if path.is_dir() and path.name != NAME]
    storage = project.builds / "engines" / digest.hexdigest()[:16]
    discard_damaged(storage)
    if not intact(storage):
        with sealed(storage) as folder:
            for name, content in files.items():
                path = folder / NAME / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            for path in own:
                (folder / path.name).symlink_to(path)
    return Library(NAME, version, digest.hexdigest(), storage, glue=False, replaces=True)


def _git(root: Path, *arguments: str) -> bytes | None:
    """Return the output of git in the project's folder, None where it fails."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, check=False
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
