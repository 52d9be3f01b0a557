"""`harness run` on a small plan: trained, built, measured on a simulator, reported."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.cli.test_cli import DIGITS, harness

pytestmark = pytest.mark.hil


def test_a_plan_from_training_to_the_report(tmp_path: Path) -> None:
    text = DIGITS.read_text(encoding="utf-8")
    for old, new in (
        ("epochs = 100 ", "epochs = 2 "),
        ('samples = "all"', "samples = 40"),
        ('["host", "qemu-m4", "qemu-riscv", "rp2040js-pico", "simavr-uno"]', '["qemu-m4"]'),
        ('["float32", "int8"]', '["int8"]'),
    ):
        assert old in text
        text = text.replace(old, new)
    plan = tmp_path / "small.toml"
    plan.write_text(text, encoding="utf-8")
    reports = tmp_path / "reports"
    done = harness("run", plan, "--reports", reports)
    assert done.returncode == 0, done.stdout + done.stderr
    table = pd.read_csv(reports / "latest" / "results.csv")
    assert table["variant"].tolist() == ["original", "magnitude_80"]
    assert table["status"].tolist() == ["ok", "ok"]
    assert table["samples"].tolist() == [40, 40]
    assert table["parity_max_lsb"].tolist() == [0, 0]
    assert table["sparsity_target"].tolist()[1] == 0.8
    assert table["sparsity"].tolist()[1] == pytest.approx(0.8, abs=0.001)
    assert (table["accuracy_device"] == table["accuracy_tflite"]).all()
    assert (reports / "latest" / "index.html").stat().st_size > 10_000

    done = harness("run", plan, "--resume", "--reports", reports)
    assert done.returncode == 2
    assert "no unfinished run" in done.stderr
