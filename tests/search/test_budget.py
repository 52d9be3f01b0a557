"""The budget of a search: what is free, what a time means on a target, bad input."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from harness.boards.catalogue import load_catalogue
from harness.errors import InputError
from harness.plan.search import SearchPart
from harness.search.budget import Costs, budget_of

M4, UNO = load_catalogue()["qemu-m4"], load_catalogue()["simavr-uno"]


@pytest.mark.parametrize(
    ("limits", "objective", "axis"),
    [
        ({}, "latency", "latency"),
        ({"max_accuracy_drop": 0.02}, "latency", "latency"),
        ({"max_latency": 20_000}, "accuracy", "latency"),
        ({"max_flash": 4000}, "accuracy", "flash"),
        ({"max_accuracy_drop": 0.01, "max_latency": 9000}, "flash", "flash"),
        ({"max_accuracy_drop": 0.01, "max_latency": 9000, "max_flash": 1}, "arena", "arena"),
    ],
)
def test_the_first_axis_without_a_limit_is_optimised(
    limits: dict[str, Any], objective: str, axis: str
) -> None:
    budget = budget_of(SearchPart(**limits), M4)
    assert (budget.objective, budget.price_axis) == (objective, axis)


def test_without_any_limit_a_point_may_be_lost() -> None:
    budget = budget_of(SearchPart(), M4)
    assert (budget.drop, dict(budget.limits)) == (0.01, {})
    assert budget.text == "least latency with a drop of at most 1 points"


def test_with_every_limit_nothing_is_left_to_optimise() -> None:
    part = SearchPart(max_accuracy_drop=0.01, max_latency=1, max_flash=1, max_arena=1)
    with pytest.raises(InputError, match="nothing is left to optimise"):
        budget_of(part, M4)


def test_milliseconds_are_cycles_of_the_clock_and_no_instructions() -> None:
    part = SearchPart(max_latency="5 ms")
    assert budget_of(part, UNO).limits == {"latency": 80_000}
    with pytest.raises(InputError, match="counts instructions, which are no time"):
        budget_of(part, M4)


@pytest.mark.parametrize("value", ["5 s", "ms", 0, -3, True, [1], float("nan"), float("inf")])
def test_other_latencies_are_refused(value: object) -> None:
    with pytest.raises(ValidationError, match="is no latency"):
        SearchPart.model_validate({"max_latency": value})


def test_exceeded_limits_are_named() -> None:
    budget = budget_of(SearchPart(max_latency=100, max_arena=50), M4)
    assert budget.exceeded(Costs(latency=101, flash=9e9, arena=50)) == ["latency"]
    assert budget.exceeded(Costs(latency=100, flash=0, arena=51)) == ["arena"]
