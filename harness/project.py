"""Where the project's folders are: in a checkout all below it, else below the user's cache folder.

A wheel holds firmware and platformio.ini (scripts/bundle.py). They are unpacked once for each
content, so that an installed package is never written to, and two versions share nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path, user_state_path

APPLICATION = "tinyml-harness"
PACKAGE = Path(__file__).resolve().parent
BUNDLE = PACKAGE / "bundle"  # in a wheel only
DIGEST_DIGITS = 12


@dataclass(frozen=True)
class Project:
    """The project's folders; what the harness writes stays below `root` and `reports`."""

    root: Path
    reports: Path

    @classmethod
    def here(cls, reports: Path | None = None) -> Project:
        """The checkout that this package lies in, or what its wheel holds, unpacked.

        `reports` holds the store and the reports; unset it is the folder of that name in the
        checkout, or in the current folder. Raises OSError where the cache cannot be written to.
        """
        if BUNDLE.is_dir():
            return cls(unpacked(BUNDLE, user_cache_path(APPLICATION)), reports or Path("reports"))
        root = PACKAGE.parent
        return cls(root, reports or root / "reports")

    @property
    def cache(self) -> Path:
        """Built variants and reference outputs, by content."""
        return self.root / "models" / "cache"

    @property
    def builds(self) -> Path:
        """Firmware workspaces and linked images, by content."""
        return self.root / ".pio" / "harness"

    @property
    def store(self) -> Path:
        """The results store."""
        return self.reports / "results.sqlite"

    @property
    def logs(self) -> Path:
        """Logs of builds and devices."""
        return self.root / ".pio" / "logs"

    @property
    def port_locks(self) -> Path:
        """Locks of boards, shared by all checkouts and runs of this user on this computer."""
        return user_state_path(APPLICATION) / "ports"


def set_up_command() -> str:
    """The command that builds or gets what is missing."""
    return "harness setup" if BUNDLE.is_dir() else "make setup"


def unpacked(bundle: Path, cache: Path) -> Path:
    """A copy of `bundle` below `cache`, in a folder named after its content."""
    root = cache / content_digest(bundle)
    if not root.is_dir():
        partial = root.with_name(f"{root.name}.{os.getpid()}")
        shutil.copytree(bundle, partial)
        for path in (partial, *partial.rglob("*")):
            path.chmod(path.stat().st_mode | 0o200)  # those of a read-only installation
        try:
            partial.rename(root)
        except OSError:
            shutil.rmtree(partial, ignore_errors=True)
            if not root.is_dir():  # otherwise another process was first
                raise
    return root


def content_digest(folder: Path) -> str:
    """Digest of the names and contents of all files in a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            content = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()[:DIGEST_DIGITS]
