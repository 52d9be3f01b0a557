"""`harness listen` against a sketch of our own, on the real Arduino core in simavr."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.store import Store
from tests.hil.port_images import await_pty

pytestmark = pytest.mark.hil
ROOT = Path(__file__).resolve().parents[2]
SKETCH = Path(__file__).with_name("sketch")


@pytest.fixture(scope="module")
def firmware() -> Path:
    workspace = ROOT / ".pio" / "tests" / "sketch"
    workspace.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {
        "PLATFORMIO_WORKSPACE_DIR": str(workspace),
        "PLATFORMIO_DISABLE_UPGRADE_CHECK": "true",
        "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    subprocess.run(["pio", "run", "--silent", "-d", str(SKETCH)], env=environment, check=True)
    return workspace / "build" / "sketch" / "firmware.elf"


@pytest.fixture
def board(firmware: Path, tmp_path: Path) -> Iterator[str]:
    runner = ROOT / ".tools" / "harness-avr-runner"
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([str(runner), str(firmware)], stdout=log, stdin=subprocess.PIPE)
    try:
        yield await_pty(tmp_path / "log", process)
    finally:
        process.kill()
        process.wait()


def test_results_are_shown_stored_and_reported(board: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["listen", board, "--count", "8", "--reports", str(tmp_path), "--name", "uno"]
    )
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    # What the simulator printed before the port was open is cut anywhere: two results to settle.
    settled = lines[2:8]
    classes = [int(line.split()[2]) for line in settled]
    assert classes in ([3, 4] * 3, [4, 3] * 3)
    assert sum("inconsistent" in line for line in settled) == 2
    assert "8 results, " in done.output
    with Store(tmp_path / "results.sqlite") as store:
        (cell,) = store.cells(1)
        samples = store.samples(cell.id)
    assert (cell.status, cell.facts.counter_hz) == ("ok", 1000)
    assert set(samples.counts) <= {6000.0, 7000.0, 8000.0}  # 7 ms, in steps of one
    for said, output in zip(classes, samples.outputs[2:], strict=True):
        wanted = [0.91 if index == said else 0.01 for index in range(10)]
        assert np.frombuffer(output, np.float32).tolist() == pytest.approx(wanted)


def test_silence_is_an_error_and_leaves_no_run(tmp_path: Path) -> None:
    quiet = tmp_path / "quiet"
    master, slave = os.openpty()
    try:
        quiet.symlink_to(os.ttyname(slave))
        done = CliRunner().invoke(
            app, ["listen", str(quiet), "--seconds", "0.2", "--reports", str(tmp_path)]
        )
    finally:
        os.close(master)
        os.close(slave)
    assert "nothing came in 0.2 s" in str(done.exception)
    with Store(tmp_path / "results.sqlite") as store:
        assert store.latest_run() is None


def test_a_port_that_is_not_there_leaves_no_run(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["listen", "/dev/none", "--reports", str(tmp_path)])
    assert "cannot open the port" in str(done.exception)
    with Store(tmp_path / "results.sqlite") as store:
        assert store.latest_run() is None
