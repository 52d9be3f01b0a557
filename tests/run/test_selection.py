"""Which samples a plan's run takes, over splits made up here."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from harness.plan.plan import Plan, parse_plan
from harness.run.selection import Selection
from harness.workload.workload import prepare

DATA = Path(__file__).parents[1] / "data"


def plan(samples: int | str = "all") -> Plan:
    return parse_plan(
        {
            "name": "p",
            "model": {"entry": "models.digits_cnn"},
            "variant": [{"name": "original", "method": "none"}],
            "matrix": {"dtypes": ["int8"], "targets": ["host"]},
            "measure": {"samples": samples},
        },
        "plan",
    )


def built(task: str = "classification", validation: int = 200) -> Any:
    labels = np.repeat(np.arange(10), 12)
    held = np.arange(validation) % 10 if task == "classification" else np.zeros(validation, int)
    return SimpleNamespace(task=task, test_y=labels, validation_y=held)


def test_a_part_of_a_class_ordered_split_has_all_classes() -> None:
    chosen = Selection.of(plan(20), built())
    assert np.bincount(built().test_y[chosen.test]).tolist() == [2] * 10
    assert np.bincount(built().validation_y[chosen.validation]).tolist() == [2] * 10


def test_all_samples_are_taken_unless_the_plan_says_otherwise() -> None:
    chosen = Selection.of(plan(), built(validation=90))
    assert chosen.test.tolist() == list(range(120))
    assert chosen.validation.tolist() == list(range(90))


def test_validation_never_outweighs_the_samples_that_devices_answered() -> None:
    assert len(Selection.of(plan(), built(validation=500)).validation) == 120


def test_normal_samples_alone_cannot_be_scored() -> None:
    assert len(Selection.of(plan(), built("anomaly")).validation) == 0


@pytest.fixture
def digits() -> tuple[bytes, np.ndarray]:
    with np.load(DATA / "digits_test.npz") as file:
        return (DATA / "digits_int8.tflite").read_bytes(), file["x"]


def test_the_reference_answers_the_validation_samples(
    tmp_path: Path, digits: tuple[bytes, np.ndarray]
) -> None:
    tflite, x = digits
    workload = prepare(
        variant="v", dtype="int8", tflite=tflite, samples=x[:6], cache_dir=tmp_path
    )  # fmt: skip
    chosen = Selection(test=np.arange(2), validation=np.array([4, 5]))
    split: Any = SimpleNamespace(validation_x=x[:6])
    outputs = chosen.validation_outputs(workload, split, tmp_path)
    assert outputs is not None
    assert outputs.tolist() == workload.reference[4:].tolist()
    none = Selection(test=np.arange(2), validation=np.array([], dtype=int))
    assert none.validation_outputs(workload, split, tmp_path) is None


def test_samples_that_the_reference_refuses_leave_the_test_split_alone(
    tmp_path: Path, digits: tuple[bytes, np.ndarray]
) -> None:
    tflite, x = digits
    workload = prepare(
        variant="v", dtype="int8", tflite=tflite, samples=x[:2], cache_dir=tmp_path
    )  # fmt: skip
    odd: Any = SimpleNamespace(validation_x=np.full((1, 3), np.nan, np.float32))
    chosen = Selection(test=np.arange(2), validation=np.array([0]))
    assert chosen.validation_outputs(workload, odd, tmp_path) is None
