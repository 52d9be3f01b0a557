"""Files beside and renamed: what is on the disk at each moment, and what a seal notices."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.durable import (
    SEAL,
    _host,
    discard_damaged,
    discard_partials,
    intact,
    read_sealed,
    replaced,
    sealed,
    write_file,
    write_sealed,
)

FILE = "model.bin"


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is synchronised and renamed, in order."""
    seen: list[str] = []
    fsync, rename, replace = os.fsync, Path.rename, Path.replace

    def synced(handle: int) -> None:
        seen.append(f"sync {Path(f'/proc/self/fd/{handle}').readlink().name.split('.')[-1]}")
        fsync(handle)

    def renamed(self: Path, target: Path) -> Path:
        seen.append(f"rename to {Path(target).name}")
        return rename(self, target)

    def moved(self: Path, target: Path) -> Path:
        seen.append(f"rename to {Path(target).name}")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "rename", renamed)
    monkeypatch.setattr(Path, "replace", moved)
    return seen


def test_a_file_is_synchronised_before_and_its_folder_after_the_rename(
    tmp_path: Path, events: list[str]
) -> None:
    write_file(tmp_path / "deep" / "a.json", "text")
    assert events == ["sync partial", "rename to a.json", "sync deep"]
    assert (tmp_path / "deep" / "a.json").read_text() == "text"


def test_files_of_a_folder_are_synchronised_before_the_rename(
    tmp_path: Path, events: list[str]
) -> None:
    with replaced(tmp_path / "root" / "key") as folder:
        (folder / "weights.bin").write_bytes(b"w")
    assert events[:2] == ["sync bin", "sync partial"]
    assert events[-2:] == ["rename to key", "sync root"]


def test_an_interrupted_write_leaves_the_old_content(tmp_path: Path) -> None:
    folder = tmp_path / "key"

    def write(text: str, *, fail: bool) -> None:
        with sealed(folder) as partial:
            (partial / "a").write_text(text)
            if fail:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write("half", fail=True)
    assert list(tmp_path.iterdir()) == []
    write("old", fail=False)
    with pytest.raises(KeyboardInterrupt):
        write("half", fail=True)
    assert (folder / "a").read_text() == "old"
    write("new", fail=False)
    assert (folder / "a").read_text() == "new"
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_that_another_process_wrote_in_between_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, rename, others = tmp_path / "key", Path.rename, iter(["theirs"])

    def renamed(self: Path, target: Path) -> Path:
        if target == folder and (text := next(others, "")):
            folder.mkdir()
            (folder / "a").write_text(text)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", renamed)
    with sealed(folder) as partial:
        (partial / "a").write_text("ours")
    assert (folder / "a").read_text() == "ours"
    assert intact(folder)
    assert list(tmp_path.iterdir()) == [folder]


def test_what_a_killed_process_had_half_written_is_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    stale, old = (tmp_path / f".key.{_host()}.{gone.pid}-7{end}.partial" for end in ("", ".old"))
    running = tmp_path / f".key.{_host()}.{os.getppid()}-7.partial"
    elsewhere = tmp_path / f".key.another-computer.{gone.pid}-7.partial"
    own = tmp_path / ".mine.partial"
    for path in (stale, old, running, elsewhere):
        path.mkdir()
        (path / "half").write_text("")
    own.write_text("a user's")
    write_file(tmp_path / "next", b"")
    assert {path.name for path in tmp_path.iterdir()} == {
        "next",
        running.name,
        elsewhere.name,
        own.name,
    }
    discard_partials(tmp_path, os.getppid())
    assert not running.exists()


def turned_into_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def exchanged(folder: Path) -> None:
    shutil.rmtree(folder)
    shutil.copytree(folder.with_name("other"), folder)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut": lambda folder: (folder / FILE).write_bytes(b"weight"),
    "flipped": lambda folder: (folder / FILE).write_bytes(b"Weights"),
    "empty": lambda folder: (folder / FILE).write_bytes(b""),
    "gone": lambda folder: (folder / FILE).unlink(),
    "a folder": lambda folder: turned_into_a_folder(folder / FILE),
    "no seal": lambda folder: (folder / SEAL).unlink(),
    "empty seal": lambda folder: (folder / SEAL).write_bytes(b""),
    "other JSON": lambda folder: (folder / SEAL).write_text("[]"),
    "file of another": lambda folder: shutil.copy(folder.with_name("other") / FILE, folder),
    "whole of another": exchanged,
}


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("cut", "model.bin differs from its digest"),
        ("flipped", "model.bin differs from its digest"),
        ("empty", "model.bin differs from its digest"),
        ("gone", "model.bin is missing"),
        ("a folder", "seal.json cannot be used: .*Is a directory"),
        ("no seal", "seal.json is missing"),
        ("empty seal", "seal.json cannot be used"),
        ("other JSON", "seal.json cannot be used"),
        ("file of another", "model.bin differs from its digest"),
        ("whole of another", "it was written as other"),
    ],
)
def test_a_seal_notices_damage(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str, message: str
) -> None:
    folder = tmp_path / "key"
    for name, content in (("key", b"weights"), ("other", b"others!")):
        with sealed(tmp_path / name) as partial:
            (partial / FILE).write_bytes(content)
    assert intact(folder)
    discard_damaged(folder)
    assert folder.exists()
    DAMAGES[kind](folder)
    assert not intact(folder)
    with caplog.at_level(logging.WARNING):
        discard_damaged(folder)
    assert not folder.exists()
    (line,) = caplog.messages
    assert line.startswith(f"{folder} is damaged and made anew: ")
    assert re.search(message, line)


@pytest.mark.parametrize("cut", [0, 10, 64, 65, -1])
def test_a_sealed_file_that_was_cut_off_is_not_read(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "arena"
    write_sealed(path, b'{"arena": 1}')
    assert read_sealed(path) == b'{"arena": 1}'
    path.write_bytes(path.read_bytes()[:cut])
    assert read_sealed(path) is None


def test_a_sealed_file_under_the_name_of_another_is_not_read(tmp_path: Path) -> None:
    write_sealed(tmp_path / "a", b"1")
    (tmp_path / "a").rename(tmp_path / "b")
    assert read_sealed(tmp_path / "b") is None
    assert read_sealed(tmp_path / "a") is None
