"""Digests of files, as part of a cache's key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def digest_of_files(paths: Iterable[Path], folder: Path) -> str:
    """Return SHA-256 as hexadecimal text over the files' relative names and their bytes."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(str(path.relative_to(folder)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def digest_of_path(path: Path) -> str:
    """Return the digest of a file, or of all files in a folder, in the order of their names."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return digest_of_files((file for file in files if file.is_file()), path)
