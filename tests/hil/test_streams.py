"""Streams on real firmware: states last within a sample, samples begin with first values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.boards.catalogue import load_catalogue
from harness.codegen import compile_model
from harness.errors import RequestRefused
from harness.firmware.builder import FirmwareBuilder
from harness.link.messages import ErrorCode
from harness.project import Project
from harness.targets.process import ProcessTarget
from tests.cli.test_cli import harness
from tests.codegen.test_resources import running_sum

pytestmark = pytest.mark.hil
FIRST = (0.5, -0.25)
PLAN = """
name = "sums"
[model]
file = "sum.tflite"
[data]
file = "steps.npz"
stream = true
score = "last"
[measure]
layers = true
[matrix]
dtypes = ["float32"]
targets = ["host"]
[[variant]]
name = "original"
method = "none"
"""


def test_a_plan_scores_sequences_and_times_frames(tmp_path: Path) -> None:
    """The greater of two sums is the class: only all frames together tell it."""
    steps = np.random.default_rng(1).normal(size=(40, 6, 2)).astype(np.float32)
    labels = (steps.sum(axis=1) + FIRST).argmax(axis=1)
    assert (steps[:, -1].argmax(axis=1) != labels).any()
    (tmp_path / "sum.tflite").write_bytes(running_sum(first=FIRST))
    np.savez(tmp_path / "steps.npz", x=steps, y=labels)
    (tmp_path / "sums.toml").write_text(PLAN)
    done = harness("run", tmp_path / "sums.toml", "--reports", tmp_path / "reports")
    assert done.returncode == 0, done.stdout + done.stderr
    folder = tmp_path / "reports" / "latest"
    (row,) = pd.read_csv(folder / "results.csv").itertuples()
    assert (row.status, row.samples) == ("ok", 8 * 6)  # a fifth is the test split
    assert (row.accuracy_device, row.accuracy_tflite) == (1.0, 1.0)
    assert row.parity_max_abs == 0
    page = (folder / "index.html").read_text()
    assert "8 test samples (sequences of 6 frames, scored by the last output)" in page


def test_a_frame_runs_once_and_only_behind_the_one_before(project: Project, tmp_path: Path) -> None:
    spec = load_catalogue()["host"]
    model = compile_model(running_sum(first=FIRST), "sum", core=spec.core)
    image = FirmwareBuilder(project).build(spec, [model, model.renamed("other")])
    frame = np.ones(2, np.float32).tobytes()
    with ProcessTarget(spec, project.root).connect(image, tmp_path / "log") as session:
        session.models(session.hello(within_s=5).models)

        def run(model: int, number: int, *, keep: bool = True) -> tuple[int, list[float]]:
            session.send_sample(0, number, frame)
            result = session.run(model, number, keep=keep)
            return result.calls, np.frombuffer(result.data, np.float32).tolist()

        def refused(model: int, number: int) -> int:
            with pytest.raises(RequestRefused) as caught:
                run(model, number)
            return caught.value.code

        assert refused(0, 0) == ErrorCode.STATE_LOST
        assert run(0, 7, keep=False) == (1, [1.5, 0.75])
        assert run(0, 8) == (2, [2.5, 1.75])
        assert run(0, 8) == (2, [2.5, 1.75])  # the same request once more
        assert refused(0, 10) == ErrorCode.STATE_LOST
        assert run(0, 9) == (3, [3.5, 2.75])
        assert run(1, 3, keep=False) == (1, [1.5, 0.75])  # in the same arena
        assert refused(0, 10) == ErrorCode.STATE_LOST
