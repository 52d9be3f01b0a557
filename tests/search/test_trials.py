"""Which trials go on, and which become variants."""

from __future__ import annotations

from typing import Any

from harness.boards.catalogue import load_catalogue
from harness.plan.search import SearchPart
from harness.search.budget import Costs, budget_of
from harness.search.shape import Shape
from harness.search.trials import Round, Rounds, Trial, finalists, promising

M4 = load_catalogue()["qemu-m4"]
LEAST = budget_of(SearchPart(max_accuracy_drop=0.01), M4)
WITHIN = budget_of(SearchPart(max_latency=500), M4)


def trial(units: int, latency: float, *accuracy: float, measured: float | None = None) -> Trial:
    return Trial(
        Shape((("conv", units),)),
        1,
        100,
        accuracy,
        {"qemu-m4": Costs(latency, 10 * units, 1)},
        {} if measured is None else {"qemu-m4": measured},
    )


def names(trials: list[Trial]) -> list[int]:
    return [each.shape.keep[0][1] for each in trials]


TRIALS = [
    trial(1, 100, 0.80, 0.90),
    trial(2, 200, 0.94, 0.98),
    trial(3, 300, 0.975, 0.975),
    trial(4, 400, 0.98, 0.99),
    trial(5, 900, 0.99, 0.99),
]


def test_the_cheapest_that_are_near_the_goal_go_on() -> None:
    assert names(promising(TRIALS, LEAST, 0.97, 2, 0.02)) == [2, 3]
    assert names(promising(TRIALS, LEAST, 0.98, 2, 0.0)) == [4, 5]
    assert names(promising(TRIALS, LEAST, 0.995, 3, 0.0)) == [5, 4, 3]


def test_within_a_limit_the_most_accurate_go_on() -> None:
    assert names(promising(TRIALS, WITHIN, 0.0, 2, 0.02)) == [4, 3]
    assert 5 not in names(promising(TRIALS, WITHIN, 0.0, 5, 0.02))


def test_finalists_are_sure_ones_and_one_bold_one() -> None:
    assert names(finalists(TRIALS, LEAST, 0.97, 3)) == [2, 3, 4]
    assert names(finalists(TRIALS, LEAST, 0.972, 3)) == [3, 4, 2]
    assert names(finalists(TRIALS, LEAST, 0.999, 2)) == [5, 4]
    assert names(finalists(TRIALS, WITHIN, 0.0, 2)) == [4, 3]


def test_a_counted_latency_replaces_the_modelled_one() -> None:
    slow = trial(6, 250, 0.99, measured=600)
    assert slow.costs_on("qemu-m4").latency == 600
    assert 6 not in names(finalists([*TRIALS, slow], WITHIN, 0.0, 5))


def test_rounds_train_in_stacks_and_stop_in_time() -> None:
    asked: list[dict[str, Any]] = []

    def ask(request: dict[str, Any]) -> tuple[dict[str, Any], bool]:
        asked.append(request)
        found = [{"accuracy": [0.9] * each["starts"], "loss": []} for each in request["trials"]]
        return {"trials": found}, False

    told: list[int] = []
    rounds = Rounds(
        ask,
        lambda _: {"qemu-m4": Costs(1, 1, 1)},
        seed=1,
        learning_rate=0.1,
        qat=True,
        deadline=None,
        tell=lambda trials: told.append(len(trials)),
    )
    shapes = [Shape((("conv", units),)) for units in range(1, 15)]
    found = rounds.train(shapes, Round(1, 10, 2))
    assert [len(each["trials"]) for each in asked] == [12, 2]
    assert told == [12, 14]
    assert (len(found), found[0].mean, found[0].epochs) == (14, 0.9, 10)
    late = Rounds(
        ask,
        lambda _: {"qemu-m4": Costs(1, 1, 1)},
        seed=1,
        learning_rate=0.1,
        qat=True,
        deadline=0.0,
        tell=lambda _: None,
    )
    assert late.over
    assert len(late.train(shapes, Round(1, 10, 2))) == 12
