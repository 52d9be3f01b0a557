"""The example project, as its README tells to use it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.boards.requirement import find_tool
from harness.boards.toolchain import PROGRAMS

pytestmark = pytest.mark.hil
ROOT = Path(__file__).resolve().parents[2]
BASELINE = ROOT / "examples" / "digits-gate" / "hil-baseline.json"
MOVED = 4  # docs/gate.md
GATE = ROOT / ".github" / "actions" / "gate" / "gate.sh"


@pytest.fixture
def example(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "examples" / "digits-gate", tmp_path / "example"))


def gate(example: Path, **more: str) -> subprocess.CompletedProcess[str]:
    settings = {
        "MODEL": "model.tflite",
        "DATA": "samples.npz",
        "TARGETS": "qemu-m4 simavr-uno",
        "BASELINE": "hil-baseline.json",
        "REPORTS": str(example / "out"),
    }
    return subprocess.run(
        [str(GATE)],
        cwd=example,
        env=os.environ | settings | more,
        capture_output=True,
        text=True,
        check=False,
    )


def baselines_tools() -> dict[str, str]:
    """Versions of the compilers and simulators that the committed figures belong to."""
    cells = json.loads(BASELINE.read_text(encoding="utf-8"))["cells"].values()
    return {name: version for cell in cells for name, version in cell["tools"].items()}


def own_tools() -> dict[str, str]:
    """Versions of the same tools on this computer."""
    found = {name: find_tool(name, ROOT) for name in baselines_tools()}
    return {name: PROGRAMS[name].version(path) for name, path in found.items() if path}


def test_nothing_got_worse_than_the_committed_baseline(example: Path) -> None:
    """With other compilers figures may have moved, which is another exit code."""
    done = gate(example)
    same = own_tools() == baselines_tools()
    assert done.returncode in ((0,) if same else (0, MOVED)), done.stdout + done.stderr
    assert not re.search(r"^ *regression ", done.stdout, re.MULTILINE)
    if done.returncode == 0:
        assert "no regression in 2 cells" in done.stdout
    assert (example / "out" / "gate.xml").exists()


def test_a_worse_run_closes_the_gate_and_the_first_run_opens_it(example: Path) -> None:
    baseline = example / "hil-baseline.json"
    text = baseline.read_text(encoding="utf-8")
    baseline.write_text(text.replace('"flash_bytes": ', '"flash_bytes": -'), encoding="utf-8")
    done = gate(example, TARGETS="qemu-m4")
    assert done.returncode == 1
    assert re.search("regression +model/int8/codegen/qemu-m4 +flash_bytes", done.stdout)
    first = gate(example, TARGETS="qemu-m4", BASELINE="none.json")
    assert first.returncode == 0
    assert "harness compare none.json" in first.stdout


def test_its_own_tests_pass(example: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--hil-target", "qemu-m4"],
        cwd=example,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
