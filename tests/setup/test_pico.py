from pathlib import Path

import pytest

from harness.errors import ToolMissing
from harness.setup.pico import LOCK, SOURCES, install_pico
from tests.source_files import ROOT

SCRIPTS = {path.name for path in (ROOT / SOURCES).glob("*.mjs")}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with the simulator's sources, on a machine whose PATH is the folder `bin`."""
    (tmp_path / SOURCES).mkdir(parents=True)
    for name in ("package.json", LOCK, *SCRIPTS):
        (tmp_path / SOURCES / name).write_bytes((ROOT / SOURCES / name).read_bytes())
    (tmp_path / "bin").mkdir()
    return tmp_path


def program(root: Path, name: str, script: str) -> None:
    path = root / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("node", "npm", "reason"),
    [
        ("", "", "node and npm are not on PATH"),
        ("echo v12.22.12", "exit 0", r"Node is v12\.22\.12"),
        ("exit 1", "exit 0", "Node is broken"),
        ("echo v20.0.0", "echo npm error network >&2; exit 1", "cannot install rp2040js: npm err"),
    ],
)
def test_what_is_missing_is_said(
    root: Path, monkeypatch: pytest.MonkeyPatch, node: str, npm: str, reason: str
) -> None:
    for name, script in (("node", node), ("npm", npm)):
        if script:
            program(root, name, script)
    monkeypatch.setenv("PATH", str(root / "bin"))
    with pytest.raises(ToolMissing, match=reason) as caught:
        install_pico(root)
    assert caught.value.where == "rp2040js-pico"
    assert not (root / ".tools" / "rp2040js").exists()


def test_the_package_is_installed_once_and_scripts_stay_fresh(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(root, "node", "echo v20.0.0")
    program(
        root,
        "npm",
        '[ "$*" = "ci --ignore-scripts --no-audit --no-fund" ] && /bin/mkdir node_modules',
    )
    monkeypatch.setenv("PATH", str(root / "bin"))
    install_pico(root)
    installed = root / ".tools" / "rp2040js"
    assert {path.name for path in installed.glob("*.mjs")} == SCRIPTS
    (root / "bin" / "npm").unlink()
    first = sorted(SCRIPTS)[0]
    (root / SOURCES / first).write_text("// newer\n", encoding="utf-8")
    install_pico(root)
    assert (installed / first).read_text(encoding="utf-8") == "// newer\n"
