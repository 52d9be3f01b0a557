"""A library as one file: a ZIP archive with the same bytes for the same library."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from harness.errors import InputError

MOST_BYTES = 256 * 2**20  # unpacked
EPOCH = (1980, 1, 1, 0, 0, 0)  # the least date of the format: a file's date is no content


def packed(name: str, files: Mapping[str, bytes]) -> bytes:
    """Return an archive with one folder, `name`, of `files` by path."""
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for path, data in sorted(files.items()):
            entry = ZipInfo(f"{name}/{path}", EPOCH)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # Unix, on every system
            archive.writestr(entry, data, ZIP_DEFLATED, 9)
    return content.getvalue()


@contextmanager
def unpacked(archive: Path) -> Iterator[Path]:
    """The library's folder in a temporary one. Raises InputError where it is no such archive."""
    hint = "name a folder or an archive that harness export or a report wrote"
    with TemporaryDirectory() as scratch:
        try:
            with ZipFile(archive) as opened:
                entries = [each for each in opened.infolist() if not each.is_dir()]
                _check(archive, entries)
                for entry in entries:
                    path = Path(scratch) / entry.filename
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with opened.open(entry) as source, path.open("xb") as copy:
                        shutil.copyfileobj(source, copy)
        except (BadZipFile, zlib.error, OSError, RuntimeError, EOFError) as error:
            raise InputError(
                f"the archive cannot be read: {error}", where=str(archive), hint=hint
            ) from error
        folders = [each for each in Path(scratch).iterdir() if each.is_dir()]
        if len(folders) != 1:
            raise InputError("the archive does not hold one folder", where=str(archive), hint=hint)
        yield folders[0]


def _check(archive: Path, entries: list[ZipInfo]) -> None:
    """Raise InputError for paths that lead out of the folder and for more than MOST_BYTES."""
    for entry in entries:
        path = PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in entry.filename:
            raise InputError(f"the archive holds the path {entry.filename!r}", where=str(archive))
    size = sum(entry.file_size for entry in entries)
    if size > MOST_BYTES:
        raise InputError(f"the archive unpacks to {size:,} B", where=str(archive))
