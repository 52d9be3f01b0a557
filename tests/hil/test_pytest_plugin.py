"""The plugin in a project of its own, run by a pytest of its own, against real simulators."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytestmark = pytest.mark.hil
DATA = Path(__file__).parents[1] / "data"
MODULE = """
import numpy as np
import pytest


def test_accuracy(bench):
    found = bench("model.tflite", data="samples.npz", samples=40)
    assert found.samples == 40
    assert found.accuracy > 0.9
    assert found.max_lsb == 0
    assert found.core == ("avr5" if found.target == "simavr-uno" else "cortex-m4f")
    assert found.latency_unit == ("cycles" if found.target == "simavr-uno" else "instructions")


@pytest.mark.hil_target("qemu-m4")
def test_board(board):
    with np.load("samples.npz") as file:
        x, y = file["x"], file["y"]
    assert board.core == "cortex-m4f"
    board.load("model.tflite")
    answers = [board.run(sample) for sample in x[:5]]
    assert [answer.output.argmax() for answer in answers] == y[:5].tolist()
    assert answers[0].latency == board.run(x[0]).latency


def test_nothing_of_ours():
    pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copy(DATA / "digits_int8.tflite", tmp_path / "model.tflite")
    shutil.copy(DATA / "digits_test.npz", tmp_path / "samples.npz")
    (tmp_path / "test_model.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n", encoding="utf-8")
    return tmp_path


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )


def test_tests_run_on_each_target_beside_xdist(project: Path) -> None:
    targets = ["--hil-target", "qemu-m4", "--hil-target", "simavr-uno"]
    done = run(project, *targets, "-n", "2", "--junit-xml", "junit.xml")
    assert done.returncode == 0, done.stdout + done.stderr
    cases = {
        case.get("name"): case for case in ElementTree.parse(project / "junit.xml").iter("testcase")
    }
    assert set(cases) == {
        "test_accuracy[qemu-m4]",
        "test_accuracy[simavr-uno]",
        "test_board[qemu-m4]",
        "test_nothing_of_ours",
    }
    told = {
        each.get("name"): each.get("value")
        for each in cases["test_accuracy[qemu-m4]"].iter("property")
    }
    assert "qemu-m4 (code for cortex-m4f), simavr-uno (code for avr5)" in done.stdout
    assert told["qemu-m4 core"] == "cortex-m4f"
    assert told["qemu-m4 latency_unit"] == "instructions"
    assert float(told["qemu-m4 latency_median"] or 0) > 10_000


def test_without_a_target_tests_are_skipped_and_say_why(project: Path) -> None:
    done = run(project, "-rs")
    assert done.returncode == 0
    assert "1 passed, 2 skipped" in done.stdout
    assert "no --hil-target that this test is for" in done.stdout


def test_a_failed_cell_fails_the_test_with_its_reason(project: Path) -> None:
    shutil.copy(DATA / "digits_float32.tflite", project / "model.tflite")
    done = run(project, "--hil-target", "simavr-uno")
    assert done.returncode == 1
    assert "simavr-uno: refused: weights and tables alone need" in done.stdout
    (project / "model.tflite").write_bytes(b"nonsense")
    done = run(project, "--hil-target", "simavr-uno")
    assert "model.tflite" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--hil-target", "qemu-m5"], "there is no target 'qemu-m5'; did you mean qemu-m55?"),
        (["--hil-port", "uno"], "--hil-port uno: not of the form TARGET=PORT"),
    ],
)
def test_bad_options_are_refused(project: Path, arguments: list[str], message: str) -> None:
    done = run(project, *arguments)
    assert done.returncode == 4
    assert message in done.stderr


def test_a_model_that_does_not_fit_is_told_with_the_figures(project: Path) -> None:
    """No traceback, and nothing is built: the weights alone are too large."""
    shutil.copy(DATA / "digits_float32.tflite", project / "model.tflite")
    (project / "test_model.py").write_text(
        "def test_board(board):\n    board.load('model.tflite')\n", encoding="utf-8"
    )
    done = run(project, "--hil-target", "simavr-uno")
    assert done.returncode == 1
    assert "DoesNotFit: weights and tables alone need" in done.stdout
    assert "simavr-uno has 32,256 B" in done.stdout
    assert "Traceback" not in done.stdout
    assert "pytest_plugin.py" not in done.stdout
