"""A whole search with a trainer that knows the answer: the cheapest shape of enough weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from harness.boards.catalogue import TargetSpec
from harness.codegen import CompiledModel
from harness.errors import InputError
from harness.plan.plan import Plan, load_plan
from harness.project import Project
from harness.search import pricing, search
from harness.search.search import Found, search_plan
from harness.search.trace_html import page_of

ROOT = Path(__file__).parents[2]
PLAN = ROOT / "plans" / "search.toml"
DIGITS = ROOT / "tests" / "data" / "digits_int8.tflite"
ENOUGH = 40  # hidden units that the fake trainer asks for


class Trainer:
    """Answers as the process that trains; `limit` is the accuracy that it reaches at most."""

    limit = 0.98
    asked: ClassVar[list[dict[str, Any]]] = []

    def __init__(self, *_: object) -> None:
        pass

    def ask(self, request: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        if "space" in request:
            layers = ["conv", "hidden"]
            facts = {"layers": layers, "keepable": layers, "accuracy": 0.98, "samples": 360}
            return facts, False
        self.asked.append(request)
        found = []
        for trial in request["trials"]:
            enough = trial["keep"]["hidden"] >= ENOUGH
            found.append({"accuracy": [self.limit if enough else 0.9] * trial["starts"]})
        return {"trials": found}, False

    def stop(self) -> None:
        pass


class Observer:
    def __init__(self) -> None:
        self.stages: list[str] = []

    def train(self, progress: Any) -> None:
        self.stages.append(progress.stage)

    def tell(self, event: Any) -> None:
        raise AssertionError(event)


def counted(_: Project, spec: TargetSpec, models: Sequence[CompiledModel], *__: Any) -> list[Any]:
    """Return what a target counts that takes a tenth more than the model says."""
    assert all(model.core.name == spec.core for model in models)
    return [1.1 * sum(call.time or 0 for call in model.calls) for model in models]


@pytest.fixture
def faked(monkeypatch: pytest.MonkeyPatch) -> None:
    built = SimpleNamespace(variants=[SimpleNamespace(files={"int8": DIGITS})])
    monkeypatch.setattr(Trainer, "asked", [])
    monkeypatch.setattr(search, "build_variants", lambda *_, **__: built)
    monkeypatch.setattr(search, "TrialProcess", Trainer)
    monkeypatch.setattr(search, "run_plan", lambda *_, **__: 7)
    monkeypatch.setattr(pricing, "measure_counts", counted)


def found(plan: Plan, **limits: object) -> tuple[Found, Observer]:
    changed = plan.search.model_copy(update={"trials": 8, "max_accuracy_drop": None} | limits)
    observer = Observer()
    store: Any = SimpleNamespace(unfinished_run=lambda _: None)
    plan = plan.model_copy(update={"search": changed})
    return search_plan(plan, PLAN, Project.here(None), store, observer), observer


@pytest.fixture
def plan() -> Plan:
    return load_plan(PLAN).narrowed(["qemu-m4"], {})


@pytest.mark.usefixtures("faked")
def test_the_cheapest_shape_that_is_accurate_enough_becomes_a_variant(plan: Plan) -> None:
    result, observer = found(plan, max_accuracy_drop=0.01)
    best = result.meets["qemu-m4"][0]
    assert dict(best.shape.keep)["hidden"] >= ENOUGH
    assert best.shape in result.finals
    assert best.measured  # counted before it was chosen
    small = [each for each in result.trials if dict(each.shape.keep)["hidden"] < ENOUGH]
    assert small
    assert all(each.score < result.wanted["qemu-m4"] for each in small)
    names = [method.name for method in result.plan.variants]
    assert names == ["original", "magnitude_80", *result.finals.values()]
    assert result.plan.matrix.prefer == "time"
    first, second = {each["epochs"] for each in Trainer.asked}
    assert {first, second} == {100, 200}
    assert any("best conv" in stage for stage in observer.stages)
    layers = {each.name: each for each in result.layers["qemu-m4"]}
    assert layers["hidden"].after < layers["hidden"].before
    page = page_of(result, [], ["a <line>"])
    assert "a &lt;line&gt;" in page
    assert page.count("<circle") >= len(result.trials)


@pytest.mark.usefixtures("faked")
def test_the_same_search_asks_the_same(plan: Plan) -> None:
    one, _ = found(plan)
    asked = list(Trainer.asked)
    Trainer.asked.clear()
    other, _ = found(plan)
    assert asked == Trainer.asked
    assert one.text == other.text


@pytest.mark.usefixtures("faked")
def test_where_no_shape_is_accurate_enough_the_nearest_is_shown(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Trainer, "limit", 0.95)
    result, observer = found(plan)
    assert result.meets["qemu-m4"] == ()
    assert result.nearest["qemu-m4"].mean == 0.95
    assert any("nearest" in stage for stage in observer.stages)
    assert result.finals


@pytest.mark.usefixtures("faked")
@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"max_latency": 10}, "the smallest takes .* instructions of latency, max_latency is 10"),
        ({"max_flash": 10}, "the smallest takes .* B of flash, max_flash is 10"),
    ],
)
def test_a_budget_below_the_smallest_shape_is_refused(
    plan: Plan, limits: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        found(plan, **limits)


@pytest.mark.usefixtures("faked")
def test_targets_and_dtypes_that_cannot_be_searched_are_refused(plan: Plan) -> None:
    with pytest.raises(InputError, match="'float32' is not among the dtypes"):
        found(plan, dtype="float32")
    host = plan.matrix.model_copy(update={"targets": ("host",)})
    with pytest.raises(InputError, match="a clock of this computer"):
        found(plan.model_copy(update={"matrix": host}))
