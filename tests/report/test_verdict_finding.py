"""The sentence on whether pruning paid, the rule, and the figures of the support."""

from __future__ import annotations

import pytest

from harness.measure.metric import METRICS
from harness.report.verdict import rule, verdicts
from tests.report.judged import LABELS, model, only, original
from tests.report.runs import Model, make_data, make_frame


def faster(name: str, speedup: float, parameters: int = 1000) -> Model:
    return model(name, range(20), 1000 / speedup, parameters=parameters)


@pytest.mark.parametrize(
    ("models", "start"),
    [
        ([faster("a", 1.0), faster("b", 1.01)], "Pruning did not make the model faster here: "),
        ([faster("a", 0.8)], "Pruning did not make the model faster here: "),
        ([faster("a", 1.5), faster("b", 3, 200)], "Pruning made the model faster here: "),
        ([faster("a", 1.0), faster("b", 3, 200)], "Pruning made 1 of 2 pruned cells faster here: "),
    ],
)
def test_the_finding_says_whether_pruning_paid(models: list[Model], start: str) -> None:
    assert only(original(), *models).finding.startswith(start)


def test_the_finding_tells_zeros_from_missing_channels() -> None:
    models = [faster("a", 1), faster("b", 1.004), faster("c", 3, 200)]
    assert only(original(), *models).finding == (
        "Pruning made 1 of 3 pruned cells faster here: removing channels or neurons 3.00× and "  # noqa: RUF001
        "zero weights in unchanged shapes 1.00× the original's speed at the same dtype."  # noqa: RUF001
    )


def test_the_rule_names_its_tolerance() -> None:
    assert "at most 1 point worse than the original in accuracy" in rule(
        0.01, METRICS["classification"]
    )
    assert "at most 2.5 points worse than the original in R²" in rule(0.025, METRICS["regression"])


def test_sizes_that_are_not_known_are_not_told() -> None:
    verdict = only(original(arena=None), model("small", range(20), 500, flash=80))
    assert verdict.support[2] == "80 B of flash instead of 100 B, 50 B of arena"
    (_, latency) = only(original(flash=None, arena=None)).support
    assert latency == "1,000 cycles an inference"


def test_a_figure_without_an_interval_has_no_empty_brackets() -> None:
    data = make_data(LABELS, [original(0)])
    rows = make_frame(data).assign(accuracy_low=None, accuracy_high=None)
    (verdict,) = verdicts(data, rows, 0.01)
    assert verdict.support[0] == "100.0 % correct"
