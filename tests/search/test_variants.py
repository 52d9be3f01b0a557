"""The plan of a search's results is an ordinary plan."""

from __future__ import annotations

import tomllib
from pathlib import Path

from harness.plan.plan import load_plan
from harness.pruning.slim import Slim
from harness.search.shape import Shape
from harness.search.variants import PlanText

PLAN = Path(__file__).parents[2] / "plans" / "search.toml"
SHAPES = [
    Shape((("conv", 4), ("hidden", 32)), (("conv", 0.5), ("hidden", 0.0))),
    Shape((("conv", 3), ("hidden", 20))),
]


def test_the_shapes_found_are_variants_behind_the_users_own() -> None:
    plan = load_plan(PLAN).narrowed(["qemu-m4"], {})
    made, text, names = PlanText.of(PLAN).with_variants(plan, SHAPES, "time")
    assert [method.name for method in made.variants] == [
        "original",
        "magnitude_80",
        "slim_4z50_32",
        "slim_3_20",
    ]
    first = made.variants[2]
    assert isinstance(first, Slim)
    assert (first.keep, first.zeros) == ({"conv": 4, "hidden": 32}, {"conv": 0.5})
    assert (first.starts, first.epochs) == (8, 500)
    assert made.matrix.targets == ("qemu-m4",)
    assert made.matrix.prefer == "time"
    assert tomllib.loads(text)["matrix"]["prefer"] == "time"
    assert list(names.values()) == ["slim_4z50_32", "slim_3_20"]


def test_a_second_search_over_its_own_plan_names_others() -> None:
    plan = load_plan(PLAN)
    _, text, _ = PlanText.of(PLAN).with_variants(plan, SHAPES[:1], "balanced")
    again, _, names = PlanText(text, PLAN).with_variants(
        PlanText(text, PLAN).with_variants(plan, [], "balanced")[0], SHAPES[:1], "balanced"
    )
    assert list(names.values()) == ["slim_4z50_32_2"]
    assert len(again.variants) == 4
