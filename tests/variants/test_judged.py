"""Plans of models that say yes or no, by one output or by one a label."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import DataError, PlanError
from harness.measure.score import score
from harness.measure.threshold import best_threshold, decide
from harness.plan.plan import Plan, parse_plan
from harness.run.decision import decision_of
from harness.variants.build import build_variants
from harness.variants.built import Built
from harness.workload.workload import prepare
from tests.trained_here import trained_here


def plan_of(model: str, data: str, task: str = "classification", **keys: Any) -> Plan:
    here = "tests.variants.any_models"
    return parse_plan(
        {
            "name": "sigmoid",
            "trust": True,
            "model": {"entry": f"{here}:{model}", "epochs": 15, "learning_rate": 0.02} | keys,
            "data": {"entry": f"{here}:{data}", "task": task},
            "retrain": {"epochs": 3},
            "matrix": {"dtypes": ["int8"], "targets": ["host"]},
            "variant": [
                {"name": "original", "method": "none"},
                {"name": "neuron", "method": "neuron", "keep": {"hidden": 5}},
            ],
        },
        "plan",
    )


def built(plan: Plan, folder: Path, keras: Any, dtypes: tuple[str, ...] = ()) -> Built:
    with trained_here(keras):
        return build_variants(plan, cache_dir=folder, on_progress=lambda _: None, dtypes=dtypes)


def outputs(found: Built, name: str, folder: Path, keras: Any) -> np.ndarray:
    """What the variant's saved Keras model puts out for the test split."""
    sizes = {"original": 8, "neuron": 5}
    for path in folder.glob("variants/*/model.keras"):
        model = keras.models.load_model(path, compile=False)
        said = model.predict(found.test_x, verbose=0)
        expected = next(each for each in found.variants if each.name == name)
        if model.get_layer("hidden").units == sizes[name] and (path.parent / "facts.json").exists():
            assert expected.threshold is not None
            return np.asarray(said)
    raise AssertionError(name)


def test_one_output_is_trained_and_answers_by_its_threshold(keras: Any, tmp_path: Path) -> None:
    found = built(plan_of("yes_no", "points"), tmp_path, keras)
    for variant in found.variants:
        assert variant.threshold == 0.5
        real = outputs(found, variant.name, tmp_path, keras)
        assert real.shape == (len(found.test_y), 1)
        np.testing.assert_array_equal(variant.keras_predictions, decide(real, 0.5))
        expected = score("classification", decide(real, 0.5), found.test_y).value
        assert variant.keras_score == expected > 0.85


def test_the_best_threshold_is_that_of_the_validation_split(keras: Any, tmp_path: Path) -> None:
    plan = plan_of("logit", "points", threshold="best", epochs=2)
    found = built(plan, tmp_path, keras, ("int8",))
    original = found.variants[0]
    path = next(
        path
        for path in tmp_path.glob("variants/*/model.keras")
        if (path.parent / "facts.json").exists()
        and keras.models.load_model(path, compile=False).get_layer("hidden").units == 8
    )
    model = keras.models.load_model(path, compile=False)
    real = model.predict(found.validation_x, verbose=0)
    assert original.threshold == best_threshold(real, found.validation_y, 0.0) != 0.0
    validated = score("classification", decide(real, original.threshold), found.validation_y)
    assert original.validation_scores == {42: validated.value}
    assert validated.value > score("classification", decide(real, 0.0), found.validation_y).value
    file_decides(found, original.files["int8"].read_bytes(), original.threshold, tmp_path)


def file_decides(found: Built, tflite: bytes, trained: float, folder: Path) -> None:
    """The file's decision is the model's; of a file alone it follows its own outputs."""
    workload = prepare(
        variant="v", dtype="int8", tflite=tflite, samples=found.test_x, cache_dir=folder
    )
    labels, none = found.test_y, np.empty(0)
    decided = decision_of("classification", workload, "best", trained, None, none)
    assert decided == {"threshold": trained, "tuned": True}
    output = workload.compiled.output
    assert output.scale is not None
    assert output.zero_point is not None
    real = (workload.reference.astype(float) - output.zero_point) * output.scale
    alone = decision_of("classification", workload, "best", None, workload.reference, labels)
    assert alone == {"threshold": best_threshold(real, labels, 0.0), "tuned": True}
    plain = decision_of("classification", workload, None, None, workload.reference, labels)
    assert plain == {"threshold": 0.0, "tuned": False}  # the file does not end in LOGISTIC
    assert decision_of("regression", workload, None, None, None, labels) == {}


def test_several_labels_are_trained_and_answered_one_by_one(keras: Any, tmp_path: Path) -> None:
    found = built(plan_of("two_labels", "labels", "multilabel"), tmp_path, keras)
    assert found.test_y.shape == (48, 2)
    for variant in found.variants:
        real = outputs(found, variant.name, tmp_path, keras)
        np.testing.assert_array_equal(variant.keras_predictions, real >= 0.5)
        right = ((real >= 0.5) == found.test_y).all(axis=1).mean()
        assert variant.keras_score == right > 0.85


def test_labels_that_are_no_rows_of_0_and_1(keras: Any, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="labels of shape"):
        built(plan_of("two_labels", "points", "multilabel"), tmp_path, keras)


@pytest.mark.parametrize("value", ["half", True, [0.5], float("nan")])
def test_a_threshold_that_is_none(value: object) -> None:
    with pytest.raises(PlanError, match=r"model\.threshold"):
        plan_of("yes_no", "points", threshold=value)
