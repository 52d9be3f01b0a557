"""Folders of an installed package: what its wheel holds is unpacked by content."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness import project
from harness.project import Project, content_digest, set_up_command, unpacked


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The bundle of an installed package, and a cache folder beside it."""
    folder = tmp_path / "site-packages" / "bundle"
    (folder / "firmware").mkdir(parents=True)
    (folder / "platformio.ini").write_text("[platformio]\n", encoding="utf-8")
    (folder / "firmware" / "app.c").write_text("int a;\n", encoding="utf-8")
    monkeypatch.setattr(project, "BUNDLE", folder)
    monkeypatch.setattr(project, "user_cache_path", lambda name: tmp_path / "cache" / name)
    return folder


def test_a_checkout_works_in_itself() -> None:
    here = Project.here()
    assert (here.root / "platformio.ini").is_file()
    assert here.reports == here.root / "reports"
    assert set_up_command() == "make setup"


def test_an_installed_package_works_in_the_users_folders(bundle: Path, tmp_path: Path) -> None:
    here = Project.here()
    assert here.root == tmp_path / "cache" / "tinyml-harness" / content_digest(bundle)
    assert (here.root / "firmware" / "app.c").read_text(encoding="utf-8") == "int a;\n"
    assert here.reports == Path("reports")
    assert set_up_command() == "harness setup"


def test_versions_side_by_side_share_no_folder(bundle: Path) -> None:
    first = Project.here().root
    (first / ".pio").mkdir()
    (bundle / "firmware" / "app.c").write_text("int b;\n", encoding="utf-8")
    second = Project.here().root
    assert first != second
    assert not (second / ".pio").exists()
    assert (first / "firmware" / "app.c").read_text(encoding="utf-8") == "int a;\n"


def test_a_read_only_bundle_is_unpacked_writable_and_once(bundle: Path, tmp_path: Path) -> None:
    for path in (bundle, *bundle.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    root = unpacked(bundle, tmp_path / "cache")
    modes = {path: path.stat().st_mode & 0o200 for path in (root, *root.rglob("*"))}
    assert set(modes.values()) == {0o200}
    (root / "kept").touch()
    assert unpacked(bundle, tmp_path / "cache") == root
    assert (root / "kept").exists()
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [root.name]


def test_bytecode_changes_no_digest(bundle: Path) -> None:
    before = content_digest(bundle)
    (bundle / "firmware" / "__pycache__").mkdir()
    (bundle / "firmware" / "__pycache__" / "a.pyc").touch()
    assert content_digest(bundle) == before
