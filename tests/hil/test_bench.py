"""`harness bench` from the command line to the report and the saved arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.data.sampling import draw
from harness.workload.reference import run_reference
from tests.cli.test_cli import GOLDEN, harness
from tests.engine.interface_models import embedding

pytestmark = pytest.mark.hil
DATA = Path(__file__).parents[1] / "data"
COLUMNS = (
    "variant, method, sparsity_target, sparsity, dtype, engine, target, status, reason, samples, "
    "accuracy_device, accuracy_tflite, accuracy_keras, parity_argmax, parity_max_lsb, "
    "latency_median, latency_p95, latency_max, latency_unit, timing_kind, flash_bytes, "
    "arena_bytes, stack_bytes, tflite_bytes, gzip_bytes"
)


def test_random_inputs_are_answered_as_tflite_answers_them(tmp_path: Path) -> None:
    done = harness(
        *("bench", GOLDEN, "--target", "host", "--target", "qemu-riscv"),
        *("--samples", 7, "--seed", 3, "--save-io", tmp_path / "io.npz", "--reports", tmp_path),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with np.load(tmp_path / "io.npz") as saved:
        assert sorted(saved.files) == [
            "counts",
            "counts_qemu-riscv",
            "inputs",
            "outputs",
            "outputs_qemu-riscv",
        ]
        reference = run_reference(GOLDEN.read_bytes(), saved["inputs"])
        assert saved["inputs"].shape == (7, 8, 8, 1)
        assert (saved["outputs"] == reference).all()
        assert (saved["outputs_qemu-riscv"] == reference).all()
        assert saved["counts_qemu-riscv"].shape == (7,)
    table = pd.read_csv(tmp_path / "latest" / "results.csv")
    assert list(table.columns[:25]) == COLUMNS.split(", ")
    assert table["parity_max_lsb"].tolist() == [0, 0]
    assert table["timing_kind"].tolist() == ["host-clock", "instructions"]
    assert table["accuracy_device"].isna().all()


def test_several_inputs_and_outputs_are_exchanged_and_scored_by_name(tmp_path: Path) -> None:
    model = tmp_path / "embedding.tflite"
    model.write_bytes(embedding())
    indexes, values = np.arange(12).reshape(3, 4) % 7, np.zeros((3, 4, 3))
    values[:, 3, 2] = 99.0  # the greatest of output t4, the last of its 12
    np.savez(tmp_path / "data.npz", t0=indexes, t1=values, y=[11, 11, 0])
    done = harness(
        *("bench", model, "--target", "host", "--output", "t4"),
        *("--data", tmp_path / "data.npz", "--save-io", tmp_path / "io.npz"),
        *("--reports", tmp_path),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    table = np.arange(21).reshape(7, 3) / 8
    with np.load(tmp_path / "io.npz") as saved:
        assert (saved["inputs.t0"] == indexes).all()
        for name in ("t4", "t4_2"):
            np.testing.assert_allclose(saved[f"outputs.{name}"], table[indexes] + values)
        np.testing.assert_allclose(saved["outputs.t3"], table[indexes])
    row = pd.read_csv(tmp_path / "latest" / "results.csv").iloc[0]
    assert (row["status"], row["parity_max_abs"]) == ("ok", 0)
    assert row["accuracy_device"] == pytest.approx(2 / 3)


def test_labelled_data_gives_accuracy(tmp_path: Path) -> None:
    done = harness(
        *("bench", DATA / "digits_float32.tflite", "--target", "host"),
        *("--data", DATA / "digits_test.npz", "--samples", 100, "--reports", tmp_path),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    table = pd.read_csv(tmp_path / "latest" / "results.csv")
    with np.load(DATA / "digits_test.npz") as data:
        rows = draw(data["y"], "classification", 100, seed=0)
        reference = run_reference((DATA / "digits_float32.tflite").read_bytes(), data["x"][rows])
        expected = (reference.argmax(axis=1) == data["y"][rows]).mean()
    assert table["accuracy_device"].tolist() == [pytest.approx(expected)]
    assert table["accuracy_tflite"].tolist() == [pytest.approx(expected)]
    assert table["samples"].tolist() == [100]
