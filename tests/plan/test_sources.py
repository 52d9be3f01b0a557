"""`[model]` and `[data]` as plans have them: what is taken, what is refused and in which words."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import PlanError
from harness.plan.plan import Plan, load_plan, parse_plan

GOLDEN = Path(__file__).parents[1] / "data"


def plan_of(model: dict[str, Any], data: dict[str, Any] | None = None, **more: Any) -> Plan:
    content: dict[str, Any] = {
        "name": "mine",
        "model": model,
        "variant": [{"name": "original", "method": "none"}],
        "matrix": {"dtypes": ["int8"], "targets": ["host"]},
    }
    if data is not None:
        content["data"] = data
    return parse_plan(content | more, "mine.toml")


def problems(*args: Any, **more: Any) -> list[str]:
    with pytest.raises(PlanError) as caught:
        plan_of(*args, **more)
    return caught.value.problems


@pytest.fixture
def samples(tmp_path: Path) -> str:
    path = tmp_path / "samples.npz"
    np.savez(path, x=np.zeros((4, 2)), y=np.zeros(4))
    return str(path)


TFLITE = str(GOLDEN / "digits_int8.tflite")


def test_where_the_weights_come_from(samples: str) -> None:
    data = {"file": samples}
    module = plan_of({"entry": "models.digits_cnn"}).model
    assert (module.trained, module.bare, module.has_dataset) == (False, False, True)
    function = plan_of({"entry": "models.digits_cnn:build"}, data).model
    assert (function.trained, function.has_dataset) == (False, False)
    assert plan_of({"entry": "models.digits_cnn:build", "train": False}, data).model.trained
    file = plan_of({"file": TFLITE}, data).model
    assert (file.trained, file.bare, file.source) == (True, True, TFLITE)


def test_one_source_each(samples: str) -> None:
    assert problems({}) == ["model: name the model by one of the keys entry and file"]
    both = {"entry": "models.digits_cnn", "file": TFLITE}
    assert problems(both) == ["model: name the model by one of the keys entry and file"]
    text = "data: name the samples by one of the keys entry and file"
    assert problems({"entry": "models.digits_cnn"}, {"task": "anomaly"}) == [text]
    both = {"entry": "models.digits_cnn:dataset", "file": samples}
    assert problems({"entry": "models.digits_cnn"}, both) == [text]


def test_a_model_without_its_own_samples_needs_some() -> None:
    text = "data: this table is missing: only a module brings its own dataset()"
    assert problems({"entry": "models.digits_cnn:build"}) == [text]
    assert problems({"file": TFLITE}) == [text]


def test_a_tflite_file_is_only_measured(samples: str) -> None:
    variants = [
        {"name": "original", "method": "none"},
        {"name": "half", "method": "magnitude", "final_sparsity": 0.5},
    ]
    assert problems({"file": TFLITE}, {"file": samples}, variant=variants, seeds=3) == [
        'variant[1].method: a .tflite file cannot be pruned, only measured: method = "none"',
        "seeds: a .tflite file is not trained: seeds = 1",
    ]


@pytest.mark.parametrize(
    ("model", "data", "message"),
    [
        ({"file": "nowhere.keras"}, None, "model.file: there is no file nowhere.keras"),
        ({"file": __file__}, None, "model.file: test_sources.py is no model file (a .keras"),
        ({"file": str(GOLDEN)}, None, "data is no SavedModel folder"),
        ({"entry": "models.digits_cnn:"}, None, "model.entry: '' is not the name of a function"),
        (None, {"file": "nowhere.csv"}, "data.file: there is no file nowhere.csv"),
        (None, {"file": __file__}, "data.file: test_sources.py is no data file (.npz, .csv"),
        (None, {"entry": "models.digits_cnn"}, "names no function: write module:function"),
        (None, {"file": str(GOLDEN), "tset": 0.2}, "data.tset: unknown key (did you mean 'test'"),
        (None, {"file": str(GOLDEN), "test": 1.5}, "data.test: 1.5 is out of range"),
        (
            None,
            {"file": str(GOLDEN), "test": 0.6, "validation": 0.4},
            "data: validation and test together leave nothing to train on",
        ),
        (None, {"file": str(GOLDEN), "task": "clustering"}, "data.task: 'clustering' is not one"),
    ],
)
def test_what_is_refused(
    model: dict[str, Any] | None, data: dict[str, Any] | None, message: str
) -> None:
    found = problems(model or {"entry": "models.digits_cnn"}, data or {"file": str(GOLDEN)})
    assert any(message in line for line in found), found


def test_files_are_found_from_the_plans_folder(tmp_path: Path, samples: str) -> None:
    plan = tmp_path / "plans" / "mine.toml"
    plan.parent.mkdir()
    plan.write_text(
        f"""
name = "mine"
[model]
file = "{TFLITE}"
[data]
file = "../samples.npz"
[[variant]]
name = "original"
method = "none"
[matrix]
dtypes = ["int8"]
targets = ["host"]
"""
    )
    found = load_plan(plan)
    assert found.data.file is not None
    assert Path(found.data.file).resolve() == Path(samples).resolve()
    assert Plan.model_validate_json(found.model_dump_json(by_alias=True)) == found


def test_a_stream_is_of_a_tflite_file_and_has_a_score(samples: str) -> None:
    plan = plan_of({"file": TFLITE}, {"file": samples, "stream": True, "score": "mean"})
    assert (plan.data.stream, plan.data.score) == (True, "mean")
    assert plan_of({"file": TFLITE}, {"file": samples}).data.score == "last"


@pytest.mark.parametrize(
    ("model", "data", "problem"),
    [
        ({"entry": "models.digits_cnn"}, {"stream": True}, "only a .tflite file is fed frame by"),
        ({"file": TFLITE}, {"score": "max"}, "score is of streams"),
        ({"file": TFLITE}, {"stream": True, "score": "first"}, "not one of last, mean, max"),
        ({"file": TFLITE}, {"stream": True, "task": "anomaly"}, "no output to score"),
    ],
)
def test_streams_that_cannot_be_are_refused(
    model: dict[str, Any], data: dict[str, Any], problem: str, samples: str
) -> None:
    assert problem in " ".join(problems(model, {"file": samples} | data))
