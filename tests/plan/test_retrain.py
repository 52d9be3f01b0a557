"""One budget of retraining for all variants of a plan, unless one says otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.errors import PlanError
from harness.plan.plan import Plan, load_plan, parse_plan
from harness.plan.retrain import share
from harness.pruning.registry import METHODS
from harness.pruning.retrained import DEFAULT
from harness.pruning.steps import STEPS

NEURON = {"method": "neuron", "keep": {"hidden": 20}}


def plan_with(*variants: dict[str, Any], **parts: Any) -> Plan:
    named = [{"name": f"v{number}"} | variant for number, variant in enumerate(variants)]
    data = {
        "name": "budget",
        "model": {"entry": "models.digits_cnn"},
        "variant": [*named, {"name": "original", "method": "none"}],
        "matrix": {"dtypes": ["float32"], "targets": ["host"]},
    }
    return parse_plan(data | parts, "plan")


def budgets(plan: Plan) -> list[tuple[int, float, int]]:
    keys = ("epochs", "learning_rate", "patience")
    found = [variant.parameters for variant in plan.variants[:-1]]
    return [(each[keys[0]], each[keys[1]], each[keys[2]]) for each in found]


EVERY = [
    {"method": "none", "retrain": True},
    *({"method": name, kind.swept: 0.5} for name, kind in STEPS.items() if kind.swept),
]


def test_every_method_gets_the_same() -> None:
    default = (DEFAULT.epochs, DEFAULT.learning_rate, DEFAULT.patience)
    assert set(budgets(plan_with(*EVERY))) == {default}
    own = {"epochs": 30, "learning_rate": 0.01, "patience": 4}
    assert set(budgets(plan_with(*EVERY, retrain=own))) == {(30, 0.01, 4)}


def test_every_method_that_prunes_alone_is_among_them() -> None:
    assert [variant["method"] for variant in EVERY] == ["none", *STEPS]


def test_the_matrix_plan_holds_no_method_twice() -> None:
    plan = load_plan(Path(__file__).parents[2] / "plans" / "matrix.toml")
    named = [variant.parameters["method"] for variant in plan.variants]
    assert len(set(named)) == len(named) == 12
    assert {METHODS[name].swept_share for name in named} == {"weights", "units"}


def test_what_a_variant_says_stands() -> None:
    plan = plan_with({"method": "l1", "epochs": 7}, {"method": "l2"}, retrain={"epochs": 9})
    assert [epochs for epochs, _, _ in budgets(plan)] == [7, 9]


def test_the_steps_of_a_chain_divide_the_epochs() -> None:
    steps = [NEURON, {"method": "filter", "remove": 0.5}, {"method": "l1"}]
    plan = plan_with({"method": "chain", "steps": steps}, retrain={"epochs": 20})
    chained = plan.variants[0].parameters["steps"]
    assert [step["epochs"] for step in chained] == [6, 6, 8]
    steps[0] = NEURON | {"epochs": 3}
    plan = plan_with({"method": "chain", "steps": steps}, retrain={"epochs": 20})
    assert [step["epochs"] for step in plan.variants[0].parameters["steps"]] == [3, 6, 8]


def test_the_budget_changes_what_is_cached_but_not_the_original() -> None:
    short, long = (plan_with(*EVERY, retrain={"epochs": epochs}) for epochs in (20, 21))
    for one, other in zip(short.variants[:-1], long.variants[:-1], strict=True):
        assert one.parameters != other.parameters
    assert short.variants[-1].parameters == {"method": "none", "retrain": False}
    assert long.variants[-1].parameters == short.variants[-1].parameters


def test_a_plan_is_the_same_after_its_way_to_the_training_process() -> None:
    off = [
        {"method": "magnitude", "epsilon": 0.05},
        {"method": "block", "sparsity_m_by_n": [2, 4]},
    ]
    plan = plan_with(*EVERY, *off, retrain={"epochs": 21})
    assert parse_plan(json.loads(plan.model_dump_json(by_alias=True)), "again") == plan


@pytest.mark.parametrize("variant", [None, 3, [1], [{"method": "chain", "steps": [[]]}], [{}]])
def test_any_shape_of_a_plan_is_taken(variant: Any) -> None:
    assert share({"variant": variant}) == {"variant": variant}


@pytest.mark.parametrize(
    ("parts", "variant", "problem"),
    [
        (
            {"retrain": {"epochs": 0}},
            {"method": "l1"},
            "retrain.epochs: 0 is out of range: it has to be greater than 0",
        ),
        (
            {"retrain": {"epoch": 9}},
            {"method": "l1"},
            "retrain.epoch: unknown key (did you mean 'epochs'?)",
        ),
        ({"retrain": 3}, {"method": "l1"}, "retrain: 3 is not a table"),
        (
            {"retrain": {"epochs": 4}},
            {"method": "iterative"},
            "variant[0]: 5 cycles in 4 epochs: raise epochs",
        ),
        (
            {},
            {"method": "none", "epochs": 5},
            "variant[0]: epochs means nothing without retrain = true",
        ),
        ({}, {"method": "none", "retrain": 1}, "variant[0].retrain: 1 is not true or false"),
    ],
)
def test_mistakes_are_told_with_their_key(
    parts: dict[str, Any], variant: dict[str, Any], problem: str
) -> None:
    with pytest.raises(PlanError) as caught:
        plan_with(variant, **parts)
    assert caught.value.problems == [problem]
