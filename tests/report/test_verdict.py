from typing import Any

import pandas as pd
import pytest

from harness.measure.metric import METRICS
from harness.report.verdict import Verdict, rule, verdicts
from harness.results.columns import DTYPES


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    base: dict[str, Any] = {
        "dtype": "int8", "engine": "codegen", "target": "m4", "status": "ok",
        "latency_unit": "cycles", "timing_kind": "cycle-accurate", "flash_bytes": 100,
        "arena_bytes": 50, "parameters": 1000, "accuracy_low": 0.9, "accuracy_high": 1.0,
    }  # fmt: skip
    full = [base | {"original": row["variant"] == "original"} | row for row in rows]
    return pd.DataFrame(
        {
            name: pd.Series([row.get(name) for row in full], dtype=kind)
            for name, kind in DTYPES.items()
        }
    )


def cell(
    variant: str, accuracy: float | None, latency: float | None, **more: Any
) -> dict[str, Any]:
    return {"variant": variant, "accuracy_device": accuracy, "latency_median": latency} | more


def only(rows: pd.DataFrame, tolerance: float = 0.01) -> Verdict:
    (verdict,) = verdicts(rows, {}, tolerance, METRICS["classification"])
    return verdict


def test_the_fastest_within_a_point_is_chosen() -> None:
    rows = frame(cell("original", 0.970, 1000), cell("close", 0.962, 500), cell("far", 0.955, 100))
    verdict = only(rows)
    assert (verdict.choice, verdict.baseline) == (1, 0)
    assert verdict.headline == "Ship close int8"
    assert "−0.8 points against original int8" in verdict.support[0]  # noqa: RUF001
    assert "2.00× the speed of original int8" in verdict.support[1]  # noqa: RUF001
    assert only(rows, tolerance=0.02).headline == "Ship far int8"


def test_exactly_one_point_still_counts() -> None:
    assert only(frame(cell("original", 0.97, 10), cell("edge", 0.96, 5))).choice == 1


def test_equal_speed_goes_to_the_smaller() -> None:
    rows = frame(
        cell("original", 0.97, 10), cell("large", 0.97, 5, flash_bytes=90),
        cell("small", 0.97, 5, flash_bytes=80), cell("unknown", 0.97, 5, flash_bytes=None),
    )  # fmt: skip
    assert only(rows).headline == "Ship small int8"


def test_equal_speed_and_size_go_to_the_more_accurate() -> None:
    rows = frame(
        cell("original", 0.97, 10, flash_bytes=80), cell("good", 0.965, 5, flash_bytes=80),
        cell("better", 0.975, 5, flash_bytes=80),
    )  # fmt: skip
    assert only(rows).headline == "Ship better int8"


def test_the_original_itself_can_win() -> None:
    verdict = only(frame(cell("original", 0.97, 10), cell("slow", 0.97, 11)))
    assert (verdict.choice, verdict.headline) == (0, "Ship original int8")


def test_the_best_original_of_any_dtype_sets_the_bar() -> None:
    rows = frame(
        cell("original", 0.97, 1000, dtype="float32"), cell("original", 0.93, 100),
        cell("magnitude", 0.965, 90, dtype="float32"), cell("neuron", 0.95, 10),
    )  # fmt: skip
    verdict = only(rows)
    assert (verdict.choice, verdict.baseline) == (2, 0)


def test_failed_cells_take_no_part_but_are_mentioned() -> None:
    rows = frame(
        cell("original", 0.97, 10), cell("a", 0.97, 5, status="failed"), cell("b", 0.97, 6)
    )
    verdict = only(rows)
    assert verdict.choice == 2
    assert verdict.support[-1] == "1 cell of this target could not take part"


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([cell("original", None, None, status="failed")], "none of 1 cell ended with figures"),
        ([cell("original", None, 10)], "no accuracy is known here, for lack of labels or"),
        ([cell("neuron", 0.97, 10)], "no unpruned variant was measured here"),
    ],
)
def test_where_the_rule_cannot_be_applied_it_says_why(rows: list[dict[str, Any]], why: str) -> None:
    verdict = only(frame(*rows))
    assert (verdict.choice, verdict.baseline) == (None, None)
    assert why in verdict.headline
    assert "cannot be told" in verdict.finding


def test_targets_are_judged_apart_and_in_order() -> None:
    rows = frame(
        cell("original", 0.97, 10, target="uno"), cell("original", 0.9, 10),
        cell("neuron", 0.97, 5, target="uno"), cell("neuron", 0.97, 20),
    )  # fmt: skip
    found = verdicts(rows, {"uno": "Arduino Uno"}, 0.01, METRICS["classification"])
    assert [(item.target, item.title, item.choice) for item in found] == [
        ("uno", "Arduino Uno", 2),
        ("m4", "m4", 1),
    ]


def pruned(name: str, speedup: float, parameters: int = 1000) -> dict[str, Any]:
    return cell(name, 0.97, 10 / speedup, speedup=speedup, parameters=parameters)


@pytest.mark.parametrize(
    ("rows", "start"),
    [
        ([pruned("a", 1.0), pruned("b", 1.01)], "Pruning did not make the model faster here: "),
        ([pruned("a", 0.8)], "Pruning did not make the model faster here: "),
        ([pruned("a", 1.5), pruned("b", 3, 200)], "Pruning made the model faster here: "),
        ([pruned("a", 1.0), pruned("b", 3, 200)], "Pruning made 1 of 2 pruned cells faster here: "),
    ],
)
def test_the_finding_says_whether_pruning_paid(rows: list[dict[str, Any]], start: str) -> None:
    assert only(frame(pruned("original", 1.0), *rows)).finding.startswith(start)


def test_the_finding_tells_zeros_from_missing_channels() -> None:
    rows = frame(pruned("original", 1), pruned("a", 1), pruned("b", 1.004), pruned("c", 3, 200))
    assert only(rows).finding == (
        "Pruning made 1 of 3 pruned cells faster here: removing channels or neurons 3.00× and "  # noqa: RUF001
        "zero weights in unchanged shapes 1.00× the original's speed at the same dtype."  # noqa: RUF001
    )


def test_the_rule_names_its_tolerance() -> None:
    assert "within 1 percentage point of" in rule(0.01, METRICS["classification"])
    assert "within 2.5 percentage points of" in rule(0.025, METRICS["regression"])


def test_the_rule_says_that_chance_is_not_in_it() -> None:
    assert rule(0.01, METRICS["classification"]).endswith(
        "The rule takes the figures as measured: how far chance may have moved them is what the "
        "95 % intervals say."
    )


def test_sizes_that_are_not_known_are_not_told() -> None:
    rows = frame(
        cell("original", 0.97, 1000, arena_bytes=None), cell("small", 0.97, 500, flash_bytes=80)
    )
    assert only(rows).support[2] == "80 B of flash instead of 100 B, 50 B of arena"
    (_, latency) = only(frame(cell("original", 1.0, 9, flash_bytes=None, arena_bytes=None))).support
    assert latency == "9 cycles an inference"


def test_a_figure_without_an_interval_has_no_empty_brackets() -> None:
    unknown = {"accuracy_low": None, "accuracy_high": None}
    assert only(frame(cell("original", 1.0, 10, **unknown))).support[0] == "100.0 % correct"


def test_with_two_engines_the_choice_is_held_against_its_own_engines_original() -> None:
    rows = frame(
        cell("original", 0.97, 3000, engine="tflm"), cell("original", 0.97, 1000),
        cell("filter", 0.96, 1500, engine="tflm"), cell("filter", 0.96, 500),
        cell("other", 0.96, 900, engine="tflm"),
    )  # fmt: skip
    verdict = only(rows)
    assert (verdict.choice, verdict.baseline) == (3, 1)
    assert verdict.headline == "Ship filter int8"
    assert "2.00× the speed of original int8" in verdict.support[1]  # noqa: RUF001
    assert verdict.finding.endswith(
        " codegen had 3.00× the speed of tflm on 2 models that both ran."  # noqa: RUF001
    )
    slower = only(frame(cell("original", 0.9, 10), cell("original", 0.9, 5, engine="tflm")))
    assert slower.headline == "Ship original int8 (tflm)"
    assert (slower.choice, slower.baseline) == (1, 1)
    assert only(frame(cell("original", 0.9, 10, engine="tflm"))).baseline == 0
