"""Parameters of methods in a plan: each mistake with its key."""

from __future__ import annotations

from typing import Any

import pytest

from harness.errors import PlanError
from tests.pruning.small_digits import small_plan


@pytest.mark.parametrize(
    ("method", "keys", "problem"),
    [
        ("random", {"sparsity": 1.5}, ".sparsity: 1.5 is out of range: it has to be less than 1"),
        (
            "l1",
            {"layers": {"conv": 1.5}},
            ".layers.conv: 1.5 is out of range: it has to be less than 1",
        ),
        ("l2", {"layers": {"conv": "half"}}, ".layers.conv: 'half' is not a number"),
        ("random", {"exclude": "conv"}, ".exclude: 'conv' is not a list"),
        (
            "gradient",
            {"criterion": "tailor"},
            ".criterion: 'tailor' is not one of taylor, gradient (did you mean 'taylor'?)",
        ),
        ("iterative", {"cycels": 3}, ".cycels: unknown key (did you mean 'cycles'?)"),
        ("iterative", {"cycles": 9, "epochs": 8}, ": 9 cycles in 8 epochs: raise epochs"),
        (
            "l1",
            {"epochs": 10, "penalty_epochs": 10},
            ": penalty_epochs 10 leaves none of 10 epochs",
        ),
        (
            "during_training",
            {"begin_epoch": 8, "end_epoch": 8, "epochs": 10},
            ": begin_epoch 8, end_epoch 8 and epochs 10 have to rise",
        ),
        (
            "magnitude",
            {"epsilon": 0.1, "schedule": "constant"},
            ": schedule means nothing with epsilon, which decides alone",
        ),
        (
            "magnitude",
            {"epsilon": 0.1, "final_sparsity": 0.8},
            ": final_sparsity means nothing with epsilon, which decides alone",
        ),
        (
            "magnitude",
            {"epsilon": 0.0},
            ".epsilon: 0.0 is out of range: it has to be greater than 0",
        ),
        ("magnitude", {"epsilon": "small"}, ".epsilon: 'small' is not a number"),
        ("block", {"block_size": [4, 4]}, ".block_size[0]: 4 is not one of 1"),
        (
            "block",
            {"block_size": [1, 1]},
            ".block_size[1]: 1 is out of range: it has to be greater than 1",
        ),
        (
            "block",
            {"sparsity_m_by_n": [4, 4]},
            ": sparsity_m_by_n [4, 4] would leave no weight",
        ),
        (
            "block",
            {"sparsity_m_by_n": [2, 4], "sparsity": 0.5},
            ": sparsity means nothing with sparsity_m_by_n, which decides alone",
        ),
        (
            "random",
            {"layers": {"conv": 0.5}, "exclude": ["conv"]},
            ": layer 'conv' stands under layers and under exclude",
        ),
    ],
)
def test_mistakes_in_a_plan_are_told_with_their_key(
    method: str, keys: dict[str, Any], problem: str
) -> None:
    with pytest.raises(PlanError) as caught:
        small_plan({method: keys})
    assert caught.value.problems == [f"variant[0]{problem}"]
