from pathlib import Path

import numpy as np
import pytest

from harness.run.unplanned import begin_unplanned, put_model_file
from harness.store import Store
from harness.workload.model_file import compile_file
from harness.workload.workload import Workload

DIGITS = Path(__file__).parents[1] / "data" / "digits_int8.tflite"


def test_a_run_without_a_plan_has_a_name_and_no_labels(tmp_path: Path) -> None:
    with Store(tmp_path / "results.sqlite") as store:
        first = begin_unplanned(store, "listen-uno", {"baud": 9600})
        second = begin_unplanned(
            store, "bench-m", {}, digest="d", labels=np.array([1, 0]), classes=10
        )
        run = store.run(first)
        assert (run.plan_name, run.plan_text, run.plan_digest) == ("listen-uno", "", "")
        assert (run.provenance, run.labels.tolist(), run.classes) == ({"baud": 9600}, [], 0)
        assert (run.task, run.samples) == ("classification", None)
        run = store.run(second)
        assert (run.plan_digest, run.labels.tolist(), run.classes) == ("d", [1, 0], 10)


def test_a_model_file_is_recorded_with_its_weights_counted(tmp_path: Path) -> None:
    tflite, compiled = compile_file(DIGITS)
    reference = np.zeros((1, 10), np.int8)
    workload = Workload("digits", "int8", tflite, compiled, np.empty(0), reference)
    with Store(tmp_path / "results.sqlite") as store:
        run_id = begin_unplanned(store, "bench-digits", {})
        put_model_file(store, run_id, workload)
        (item,) = store.artifacts(run_id)
    assert (item.variant, item.method, item.sha256) == ("digits", "file", workload.sha256)
    assert (item.parameters, item.nonzero_parameters) == (8_390, 8_332)
    assert item.sparsity == pytest.approx(0.006407, abs=1e-6)  # of the kernels
    assert (item.sparsity_target, item.keras_score, item.history) == (None, None, {})
