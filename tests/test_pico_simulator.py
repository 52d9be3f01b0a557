"""scripts/pico_simulator.py without Node, with an old one, with a failing npm, and in place."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.source_files import ROOT


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, with an empty folder of tools and nothing on PATH."""
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    for name in ("build_runner", "pico_simulator"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    module = importlib.import_module("pico_simulator")
    monkeypatch.setattr(module, "TOOLS", tmp_path / "tools")
    monkeypatch.setattr(module, "INSTALLED", tmp_path / "tools" / "rp2040js")
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return module


def put(folder: Path, name: str, words: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{words}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("node", "npm", "message"),
    [
        (None, None, "node and npm are not on PATH; on Debian or Ubuntu: apt install nodejs npm"),
        ("echo v20.1.0", None, "node and npm are not on PATH"),
        ("echo v16.20.2", "exit 0", "Node 18 or newer is needed, here is v16.20.2"),
        ("exit 1", "exit 0", "Node 18 or newer is needed, here is a broken one"),
        ("echo v18.0.0", "echo no network >&2; exit 1", "no network\nnpm cannot install rp2040js"),
    ],
)
def test_what_is_missing_is_said_and_nothing_stays(
    node: str | None,
    npm: str | None,
    message: str,
    script: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, words in (("node", node), ("npm", npm)):
        if words is not None:
            put(tmp_path / "bin", name, words)
    assert script.main() == 1
    assert message in capsys.readouterr().err
    assert not script.INSTALLED.exists()


def test_an_installation_is_kept_until_the_lock_changes(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "build", lambda *_: True)
    put(tmp_path / "bin", "node", "echo v18.0.0")
    put(tmp_path / "bin", "npm", f'echo "$*" >>{tmp_path}/calls; mkdir node_modules 2>/dev/null')
    (tmp_path / "bin" / "mkdir").symlink_to("/bin/mkdir")
    for _ in range(2):
        assert script.main() == 0
    assert (tmp_path / "calls").read_text().splitlines() == [" ".join(script.NPM_CI[1:])]
    assert (script.INSTALLED / "run.mjs").read_bytes() == (script.SOURCES / "run.mjs").read_bytes()
    (script.INSTALLED / "run.mjs").write_text("old")
    (script.INSTALLED / script.LOCK).write_text("{}")
    assert script.main() == 0
    assert len((tmp_path / "calls").read_text().splitlines()) == 2
    assert (script.INSTALLED / "run.mjs").read_bytes() == (script.SOURCES / "run.mjs").read_bytes()
