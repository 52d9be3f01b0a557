from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.source_files import ROOT


def harness(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from harness.cli import main; main()", *words],
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_packages_are_those_of_the_target_that_are_missing(tmp_path: Path) -> None:
    named = harness("setup", "--packages", "--target", "qemu-riscv", PATH=str(tmp_path))
    assert named.returncode == 0, named.stderr
    assert set(named.stdout.split()) >= {
        "qemu-system-misc",
        "gcc-riscv64-unknown-elf",
        "picolibc-riscv64-unknown-elf",
    }
    assert "gcc-arm-none-eabi" not in named.stdout


def test_a_target_whose_tools_are_missing_is_an_error(tmp_path: Path) -> None:
    done = harness("setup", "--target", "qemu-m4", PATH=str(tmp_path))
    assert done.returncode == 1
    assert "not installed: qemu-system-arm, arm-none-eabi-gcc" in done.stdout
    assert "apt-get install qemu-system-arm gcc-arm-none-eabi" in done.stdout


def test_a_ready_target_is_reported() -> None:
    done = harness("setup", "--target", "host")
    assert done.returncode == 0, done.stderr
    assert "ready in" in done.stdout


def test_an_unknown_target_is_refused() -> None:
    refused = harness("setup", "--target", "qemu-m5")
    assert refused.returncode == 2
    assert "qemu-m5" in refused.stderr
