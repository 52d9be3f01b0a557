"""Checks before training: what they find in a plan whose model or schedule cannot work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.durable import sealed
from harness.errors import ConversionFailed, ModelError, TrainingError
from harness.plan.plan import Plan, parse_plan
from harness.pruning.magnitude import Magnitude
from harness.variants import worker
from harness.variants.build import build_variants
from harness.variants.cache import VariantCache
from harness.variants.progress import Progress
from harness.variants.untrained import check_plan, refusals
from tests.trained_here import trained_here

DATA = Path(__file__).parents[1] / "data"
ENTRY = """
from models import digits_cnn

dataset = digits_cnn.dataset

def build():
    import tensorflow as tf
    import tf_keras as keras
    image = keras.layers.Input((8, 8, 1))
    hidden = keras.layers.Dense(16)(keras.layers.Flatten()(image))
    angles = tf.math.atan2(hidden, 1.0 + hidden)
    return keras.Model(image, keras.layers.Dense(10, activation="softmax")(angles))
"""


def plan_of(entry: str, **magnitude: object) -> Plan:
    pruned = {"name": "m", "method": "magnitude", "final_sparsity": 0.8, "epochs": 3} | magnitude
    return parse_plan(
        {
            "name": "p",
            "trust": entry == "angles_of_test",
            "model": {"entry": entry, "epochs": 2},
            "variant": [{"name": "original", "method": "none"}, pruned],
            "matrix": {"dtypes": ["float32", "int8"], "targets": ["host", "qemu-m4"]},
        },
        "plan",
    )


@pytest.fixture
def angles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    (tmp_path / "angles_of_test.py").write_text(ENTRY, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return plan_of("angles_of_test")


def test_an_operator_without_a_kernel_is_told_before_training(angles: Plan, tmp_path: Path) -> None:
    told: list[Progress] = []
    for _ in range(2):  # converted in a worker, then from the cache
        with pytest.raises(ModelError, match=r"no cell of this plan can run.*ATAN2: no kernel"):
            build_variants(angles, cache_dir=tmp_path / "cache", on_progress=told.append)
    assert not [step for step in told if step.stage in ("train", "prune")]
    assert [step.stage for step in told].count("convert int8") == 1
    with pytest.raises(ModelError, match="ATAN2: no kernel"):
        check_plan(angles, tmp_path / "cache", told.append)


def test_a_schedule_longer_than_the_training_is_told_before_it(tmp_path: Path, keras: Any) -> None:
    plan = plan_of("models.digits_cnn", end_step=16_000)
    told: list[Progress] = []
    late = "variant m: end_step 16000 lies behind the last of"
    with trained_here(keras), pytest.raises(TrainingError, match=late):
        check_plan(plan, tmp_path, told.append)
    assert not told


@pytest.mark.parametrize(
    ("begin", "last", "end"),
    [(0, 6800, 3400), (0, 100, 40), (0, 16, 8), (0, 3, 1), (10, 16, 13), (0, 1, 1)],
)
def test_the_default_schedule_follows_the_data(begin: int, last: int, end: int) -> None:
    """It ends halfway, on a step at which masks change; tfmot's frequency is 20."""
    magnitude = plan_of("models.digits_cnn", begin_step=begin).variants[1]
    assert isinstance(magnitude, Magnitude)
    assert magnitude._halfway(last) == end
    assert end <= last


def test_a_dtype_that_no_target_can_run_is_named_and_the_others_pass(tmp_path: Path) -> None:
    plan = plan_of("models.digits_cnn")
    checked = VariantCache(tmp_path, plan).checked(plan.variants, plan.matrix.dtypes)
    with sealed(checked) as folder:
        (folder / "class_names.json").write_text(json.dumps(["zero", "one"]), encoding="utf-8")
        (folder / "float32.tflite").write_bytes((DATA / "digits_float32.tflite").read_bytes())
        (folder / "int8.tflite").write_bytes((DATA / "digits_int8.tflite").read_bytes()[:200])
    found = check_plan(plan, tmp_path, lambda _: None)
    assert found.class_names == ("zero", "one")
    assert [(each.dtype, each.targets) for each in found.refusals] == [
        ("int8", ("host",)),
        ("int8", ("qemu-m4",)),
    ]
    assert str(found.refusals[0]).startswith("int8 on host will be refused: ")


def test_files_that_compile_for_every_core_are_no_refusals() -> None:
    plan = plan_of("models.digits_cnn")
    files = {name: DATA / f"digits_{name}.tflite" for name in ("float32", "int8")}
    assert refusals(plan, files) == ()


def test_a_dtype_that_cannot_be_converted_is_told_and_others_go_on(
    tmp_path: Path, keras: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = worker.convert

    def convert(model: Any, dtype: str, calibration: Any) -> bytes:
        if dtype == "int8":
            raise ConversionFailed("cannot convert: odd op", where="digits, int8")
        return true(model, dtype, calibration)

    monkeypatch.setattr(worker, "convert", convert)
    told: list[Progress] = []
    with trained_here(keras):
        (found,) = [
            str(each)
            for each in check_plan(plan_of("models.digits_cnn"), tmp_path, told.append).refusals
            if "qemu-m4" in each.targets
        ]
    assert found == "int8 on qemu-m4 will fail: digits, int8: cannot convert: odd op"
    assert "int8 failed: cannot convert: odd op" in [step.stage for step in told]


def test_a_model_that_cannot_be_converted_at_all_is_an_error(
    tmp_path: Path, keras: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def convert(*asked: Any) -> bytes:
        raise ConversionFailed(f"cannot convert to {asked[1]}")

    monkeypatch.setattr(worker, "convert", convert)
    with trained_here(keras), pytest.raises(ConversionFailed, match="cannot convert to float32"):
        check_plan(plan_of("models.digits_cnn"), tmp_path, lambda _: None)
