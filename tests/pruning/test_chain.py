"""Chains: what a plan may say, and in which order steps run."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

import pytest

from harness.errors import InputError, PlanError
from harness.plan.plan import Plan, parse_plan
from harness.pruning.chain import Chain
from harness.pruning.method import Method
from harness.pruning.neuron import Neuron
from tests.variants.small_nets import NETS

PLAN = Path(__file__).parents[2] / "plans" / "structured.toml"
NEURON = {"method": "neuron", "keep": {"hidden": 20}}
MAGNITUDE = {"method": "magnitude", "final_sparsity": 0.8}


def plan_with(*steps: object) -> Plan:
    data = tomllib.loads(PLAN.read_text(encoding="utf-8"))
    chain = {"name": "v", "method": "chain", "steps": list(steps)}
    data["variant"] = [data["variant"][0], chain]
    return parse_plan(data, "plan")


def chain(*steps: object) -> Chain:
    made = plan_with(*steps).variants[1]
    assert isinstance(made, Chain)
    return made


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ([], "variant[1].steps: at least one entry is needed"),
        ([NEURON], "variant[1]: steps: a chain has two at least; one is a variant of its own"),
        (
            [MAGNITUDE, NEURON],
            "variant[1]: steps[0]: 'magnitude' has to be the last step, for the fine-tuning of a "
            "later one would fill its zeros again",
        ),
        (
            [NEURON, MAGNITUDE | {"final_sparsity": 1.5}],
            "variant[1].steps[1].final_sparsity: 1.5 is out of range: it has to be less than 1",
        ),
        (
            [{"method": "neuron", "keep": {"hidden": 0}}, MAGNITUDE],
            "variant[1].steps[0].keep.hidden: 0 is out of range: it has to be greater than 0",
        ),
        (
            [{"method": "neuron"}, MAGNITUDE],
            "variant[1].steps[0]: say what goes: keep = { layer = units } or remove = fraction",
        ),
        (
            [NEURON, MAGNITUDE | {"final_sparsty": 0.5}],
            "variant[1].steps[1]: unknown key 'final_sparsty' (did you mean 'final_sparsity'?)",
        ),
    ],
)
def test_a_plans_mistakes(steps: list[object], problem: str) -> None:
    with pytest.raises(PlanError) as caught:
        plan_with(*steps)
    assert caught.value.problems == [problem]


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ({"keep": {"a": 1}}, "variant[1].steps[0]: the key 'method' is missing; methods: "),
        (
            {"method": "nueron"},
            "variant[1].steps[0]: 'nueron' is no method of a step (did you mean 'neuron'?)",
        ),
        ({"method": "none"}, "variant[1].steps[0]: 'none' is no method of a step"),
        ({"method": "chain"}, "variant[1].steps[0]: 'chain' is no method of a step"),
    ],
)
def test_what_is_no_step(step: object, problem: str) -> None:
    with pytest.raises(PlanError) as caught:
        plan_with(step, MAGNITUDE)
    assert caught.value.problems[0].startswith(problem)


def test_the_target_is_of_the_last_step() -> None:
    filters = {"method": "filter", "remove": 0.5}
    assert chain(NEURON, MAGNITUDE).sparsity_target == 0.8
    assert chain(NEURON, filters).sparsity_target is None


def test_parameters_hold_all_of_each_step_but_no_name() -> None:
    parameters = chain(NEURON, MAGNITUDE).parameters
    assert "name" not in parameters
    assert [step["method"] for step in parameters["steps"]] == ["neuron", "magnitude"]
    assert parameters["steps"][0]["keep"] == {"hidden": 20}
    assert parameters["steps"][1]["final_sparsity"] == 0.8
    assert all("name" not in step for step in parameters["steps"])
    assert chain(NEURON, MAGNITUDE | {"name": "sparse"}).parameters == parameters


def test_a_chain_survives_the_way_to_the_worker() -> None:
    plan = plan_with(NEURON, MAGNITUDE)
    again = Plan.model_validate_json(plan.model_dump_json(by_alias=True))
    assert again == plan
    assert again.digest == plan.digest


class Noted(Method):
    """A method that only notes what it was given."""

    method: Literal["noted"] = "noted"

    @property
    def sparsity_target(self) -> float | None:
        return 0.25

    def apply(self, base: Any, trainer: Any) -> Any:
        trainer.append((self.name, base))
        return f"{base}, noted"


class Smaller(Neuron):
    """A structured step without training."""

    def apply(self, base: Any, trainer: Any) -> Any:
        trainer.append((self.name, base))
        return f"{base}, smaller"


def test_each_step_gets_what_the_one_before_it_made() -> None:
    first = Smaller(name="a", method="neuron", remove=0.5)
    made = Chain(name="both", method="chain", steps=(first, Noted(name="b")))
    trainer: Any = []
    assert made.apply("base", trainer) == "base, smaller, noted"
    assert trainer == [
        ("both, step 1 (neuron)", "base"),
        ("both, step 2 (noted)", "base, smaller"),
    ]
    assert made.sparsity_target == 0.25


def test_every_step_is_checked_before_training(keras: Any) -> None:
    model = NETS["cnn"](keras).model
    made = chain(
        {"method": "neuron", "keep": {"hidden": 3}}, {"method": "filter", "keep": {"cnov": 3}}
    )
    with pytest.raises(
        InputError, match=r"^variant v, step 2 \(filter\), keep: there is no layer 'cnov' \(did"
    ):
        made.check(model)
