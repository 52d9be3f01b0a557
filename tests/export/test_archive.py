"""Archives: the same bytes for the same files, and nothing unpacked outside of their folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from harness.errors import InputError
from harness.export import archive as module
from harness.export.archive import packed, unpacked

FILES = {"src/a.c": b"int a;\n" * 100, "manifest.json": b"{}"}


def test_an_archive_holds_one_folder_and_is_reproducible(tmp_path: Path) -> None:
    content = packed("mine", FILES)
    assert content == packed("mine", dict(reversed(FILES.items())))
    path = tmp_path / "mine.zip"
    path.write_bytes(content)
    with unpacked(path) as folder:
        assert folder.name == "mine"
        found = {
            each.relative_to(folder).as_posix(): each.read_bytes()
            for each in folder.rglob("*")
            if each.is_file()
        }
    assert found == FILES
    assert not folder.exists()


def write(path: Path, files: Mapping[str, bytes]) -> Path:
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"mine/../../out": b""}, "holds the path"),
        ({"/mine/out": b""}, "holds the path"),
        ({"a/x": b"", "b/x": b""}, "does not hold one folder"),
        ({"mine/large": bytes(2_000)}, "unpacks to 2,000 B"),
        ({}, "does not hold one folder"),
    ],
)
def test_what_is_no_such_archive_is_refused(
    files: dict[str, bytes], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1_000)
    path = write(tmp_path / "made.zip", files)
    with pytest.raises(InputError, match=message), unpacked(path):
        pass
    assert {each.name for each in tmp_path.iterdir()} == {"made.zip"}


def test_a_damaged_archive_is_a_typed_error(tmp_path: Path) -> None:
    content = bytearray(packed("mine", FILES))
    path = tmp_path / "made.zip"
    path.write_bytes(b"no archive")
    with pytest.raises(InputError, match="cannot be read"), unpacked(path):
        pass
    content[30 + len("mine/manifest.json")] ^= 0xFF  # the first of its data
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read"), unpacked(path):
        pass
