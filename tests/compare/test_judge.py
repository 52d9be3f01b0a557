from collections.abc import Callable

import numpy as np
import pytest

from harness.compare.baseline import Baseline, CellFigures
from harness.compare.finding import Finding
from harness.compare.judge import judge
from harness.errors import InputError
from harness.plan.limits import Limits

NAME = "original/int8/codegen/qemu-m4"
Change = Callable[..., list[Finding]]


def bits(wrong: int, samples: int = 100) -> str:
    right = np.ones(samples, dtype=bool)
    right[:wrong] = False
    return bytes(np.packbits(right)).hex()


def cell(**figures: object) -> CellFigures:
    usual: dict[str, object] = {
        "status": "ok",
        "sha256": "aa",
        "timing_kind": "instructions",
        "latency_unit": "instructions",
        "latency_median": 1000.0,
        "latency_max": 1010.0,
        "flash_bytes": 5000,
        "ram_bytes": 600,
        "arena_bytes": 360,
        "stack_bytes": 300,
        "parity_max_lsb": 0,
        "samples": 100,
        "right": bits(4),
    }
    return CellFigures.model_validate(usual | figures)


def run(**figures: object) -> Baseline:
    return Baseline(plan="digits", labels="l", cells={NAME: cell(**figures)})


def changed(limits: Limits | None = None, **figures: object) -> list[Finding]:
    return judge(run(), run(**figures), limits or Limits())


def test_the_same_figures_raise_nothing() -> None:
    assert changed() == []


def test_three_per_cent_more_instructions_name_cell_and_layer() -> None:
    before = run(layers={"0 CONV_2D": 600.0, "3 FULLY_CONNECTED": 400.0})
    now = run(
        latency_median=1030.0,
        latency_max=1040.0,
        layers={"0 CONV_2D": 630.0, "3 FULLY_CONNECTED": 400.0},
    )
    assert judge(before, now, Limits()) == [
        Finding(
            NAME,
            "latency_median",
            "regression",
            "1,000 to 1,030 instructions (+3.0%); layer 0 CONV_2D: 600 to 630 (+5.0%)",
        )
    ]


def test_one_instruction_more_in_one_sample_is_a_regression() -> None:
    assert changed(latency_max=1011.0) == [
        Finding(NAME, "latency_max", "regression", "1,010 to 1,011 instructions (+0.1%)")
    ]


def test_a_faster_median_does_not_hide_a_slower_maximum() -> None:
    found = changed(latency_median=900.0, latency_max=1200.0)
    assert [(each.figure, each.verdict) for each in found] == [
        ("latency_median", "improvement"),
        ("latency_max", "regression"),
    ]
    assert len(changed(latency_median=1100.0, latency_max=1200.0)) == 1


def test_half_an_instruction_of_a_median_is_seen_in_the_text() -> None:
    (found,) = changed(latency_median=1000.5, latency_max=1010.0)
    assert found.detail == "1,000 to 1,000.5 instructions (+0.0%)"
    before = run(latency_median=338_482.0, latency_max=340_000.0)
    (found,) = judge(before, run(latency_median=338_482.5, latency_max=340_000.0), Limits())
    assert found.detail == "338,482 to 338,482.5 instructions (+0.0%)"


def test_growth_that_the_plan_allows_passes() -> None:
    assert changed(Limits(count_growth=0.03), latency_median=1030.0, latency_max=1040.0) == []
    assert changed(Limits(flash_growth=16), flash_bytes=5016) == []
    assert [each.figure for each in changed(Limits(flash_growth=16), flash_bytes=5017)] == [
        "flash_bytes"
    ]


def test_one_lsb_is_a_regression() -> None:
    assert changed(parity_max_lsb=1) == [
        Finding(NAME, "parity_max_lsb", "regression", "0 to 1 LSB off TFLite")
    ]


def test_the_first_layer_that_is_wrong_is_named() -> None:
    now = run(parity_max_lsb=3, layer_errors={"3 FULLY_CONNECTED": 1.0, "4 SOFTMAX": 3.0})
    assert judge(run(), now, Limits()) == [
        Finding(
            NAME,
            "parity_max_lsb",
            "regression",
            "0 to 3 LSB off TFLite; first wrong at layer 3 FULLY_CONNECTED, by 1",
        )
    ]


def test_a_layer_that_is_wrong_counts_where_the_output_hides_it() -> None:
    now = run(layer_errors={"0 CONV_2D": 1.0})
    found = judge(run(), now, Limits())
    assert [(each.figure, each.verdict, each.detail) for each in found] == [
        ("layer_parity", "regression", "first wrong at layer 0 CONV_2D, by 1")
    ]
    assert judge(now, now, Limits()) == []
    floats = {"parity_max_lsb": None, "parity_max_abs": 1e-8}
    small = run(**floats, layer_errors={"0 CONV_2D": 5e-7})
    assert judge(run(**floats), small, Limits()) == []


def test_fewer_bytes_are_an_improvement_that_does_not_close_the_gate() -> None:
    assert changed(flash_bytes=4900) == [
        Finding(NAME, "flash_bytes", "improvement", "5,000 to 4,900 B (-2.0%)")
    ]


def test_accuracy_falls_by_mcnemar_or_by_a_fixed_drop() -> None:
    (found,) = changed(right=bits(12))  # eight samples lost, none won: mid-p = 1 / 2**8
    assert (found.verdict, found.detail) == ("regression", "96.0% to 88.0%; McNemar mid-p = 0.0039")
    (found,) = changed(right=bits(6))
    assert (found.verdict, found.detail) == (
        "note",
        "96.0% to 94.0%; McNemar mid-p = 0.25; a fall of up to 5.9 points is not excluded (95 %)",
    )
    (found,) = changed(Limits(accuracy_drop=0.01), right=bits(6))
    assert found.verdict == "regression"


def test_a_fall_of_just_the_limit_passes() -> None:
    (found,) = changed(Limits(accuracy_drop=0.01), right=bits(5))
    assert found.verdict == "note"
    scores: dict[str, object] = {"right": None}
    before, now = run(**scores, score=0.96), run(**scores, score=0.95)
    assert judge(before, now, Limits(accuracy_drop=0.01)) == []


@pytest.mark.parametrize("score", [None, float("nan")])
def test_outputs_that_have_no_score_any_more_are_a_regression(score: float | None) -> None:
    found = judge(run(right=None, score=0.9), run(right=None, score=score), Limits())
    assert found == [Finding(NAME, "score", "regression", "was 90.0%, is not measured")]


def test_outputs_that_cannot_be_read_any_more_are_a_regression() -> None:
    floats: dict[str, object] = {"parity_max_lsb": None, "parity_max_abs": 1e-8}
    unread: dict[str, object] = {"parity_max_lsb": None, "right": None}
    assert judge(run(**floats), run(**unread), Limits()) == [
        Finding(NAME, "parity_max_abs", "regression", "was 1.0e-08 off TFLite, is not measured"),
        Finding(NAME, "accuracy", "regression", "was 96.0%, is not measured"),
    ]


def test_a_board_without_times_is_a_regression() -> None:
    board: dict[str, object] = {"timing_kind": "hardware", "latency_unit": "us"}
    assert judge(run(**board, times=(1.0, 2.0)), run(**board), Limits()) == [
        Finding(NAME, "latency_median", "regression", "was 1 run of times, is not measured")
    ]


def test_wall_time_and_sizes_of_the_host_are_never_judged() -> None:
    host: dict[str, object] = {"timing_kind": "host-clock", "latency_unit": "us"}
    worse = run(**host, latency_median=9e9, flash_bytes=10**9, stack_bytes=10**6)
    assert judge(run(**host), worse, Limits()) == []


def test_a_failed_or_missing_cell_is_a_regression() -> None:
    failed = Baseline(
        plan="digits",
        labels="l",
        cells={NAME: CellFigures(status="failed", reason="no answer within 5 s")},
    )
    assert judge(run(), failed, Limits()) == [
        Finding(NAME, "status", "regression", "was ok, is failed: no answer within 5 s")
    ]
    other = NAME.replace("m4", "m7")
    both = Baseline(plan="digits", labels="l", cells={NAME: cell(), other: cell()})
    assert judge(both, run(), Limits()) == [
        Finding(other, "cell", "regression", "not measured in this run")
    ]
    assert judge(run(), both, Limits()) == [
        Finding(other, "cell", "note", "new: the baseline has no such cell")
    ]


def test_a_figure_that_is_no_longer_measured_is_a_regression() -> None:
    assert changed(stack_bytes=None) == [
        Finding(NAME, "stack_bytes", "regression", "was 300 B, is not measured")
    ]


def test_one_model_on_seven_targets_is_one_event() -> None:
    names = [f"original/int8/codegen/t{number}" for number in range(7)]
    before = Baseline(plan="p", cells=dict.fromkeys(names, cell()))
    worse = cell(right=bits(12), sha256="bb", flash_bytes=5001)
    now = Baseline(plan="p", cells=dict.fromkeys(names, worse))
    found = judge(before, now, Limits())
    accuracy, model = (
        [each for each in found if each.figure == figure] for figure in ("accuracy", "model")
    )
    assert [each.cells for each in accuracy] == [tuple(names)]
    assert [each.cells for each in model] == [tuple(names)]
    assert sum(each.figure == "flash_bytes" for each in found) == 7  # sizes are each target's own
    other = dict(now.cells) | {names[6]: cell(right=bits(13), sha256="bb", flash_bytes=5001)}
    apart = judge(before, now.model_copy(update={"cells": other}), Limits())
    assert [len(each.cells) for each in apart if each.figure == "accuracy"] == [6, 1]


def test_another_model_file_is_told() -> None:
    assert changed(sha256="bb") == [
        Finding(NAME, "model", "note", "another model file than the baseline's")
    ]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"plan": "kws"}, "plan 'kws'"),
        ({"labels": "m"}, "different test labels"),
        ({"cells": {"a/int8/codegen/host": cell()}}, "no cell in common"),
    ],
)
def test_what_cannot_be_compared_is_refused(other: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        judge(run(), run().model_copy(update=other), Limits())


GCC_12 = {"arm-none-eabi-gcc": "12.2.1", "qemu-system-arm": "7.2.22"}
GCC_14 = GCC_12 | {"arm-none-eabi-gcc": "14.2.0"}


def test_counts_that_change_with_the_compiler_have_moved() -> None:
    slower = run(tools=GCC_14, latency_median=1030.0, latency_max=1040.0, flash_bytes=5100)
    found = judge(run(tools=GCC_12), slower, Limits())
    assert {each.figure: each.verdict for each in found} == {
        "latency_median": "moved",
        "flash_bytes": "moved",
    }
    change = "together with arm-none-eabi-gcc 12.2.1 to 14.2.0"
    assert all(each.detail.endswith(change) for each in found)


@pytest.mark.parametrize("tools", [GCC_12, {}])
def test_counts_that_change_with_the_same_or_unknown_tools_are_regressions(
    tools: dict[str, str],
) -> None:
    found = judge(run(tools=GCC_12), run(tools=tools, flash_bytes=5100), Limits())
    assert [each.verdict for each in found] == ["regression"]


def test_accuracy_parity_and_lost_figures_do_not_move_with_the_compiler() -> None:
    worse = run(tools=GCC_14, right=bits(40), parity_max_lsb=3, flash_bytes=None)
    found = judge(run(tools=GCC_12), worse, Limits())
    assert {each.figure for each in found} == {"accuracy", "parity_max_lsb", "flash_bytes"}
    assert {each.verdict for each in found} == {"regression"}


def test_another_authority_is_told_and_its_own_rounding_passes() -> None:
    before = {"authority": "litert-1.2 1.2.0"}
    after = {"authority": "litert-2.3 2.3.0", "tolerance_lsb": 1, "parity_max_lsb": 1}
    told = Finding(
        NAME,
        "authority",
        "note",
        "parity is measured against litert-2.3 2.3.0, the baseline's litert-1.2 1.2.0",
    )
    assert judge(run(**before), run(**after), Limits()) == [told]
    worse = judge(run(**before), run(**after | {"parity_max_lsb": 2}), Limits())
    assert worse == [
        told,
        Finding(NAME, "parity_max_lsb", "regression", "0 to 2 LSB off TFLite"),
    ]
    # with one authority every output repeats: nothing passes
    again = judge(run(**after | {"parity_max_lsb": 0}), run(**after), Limits())
    assert [each.verdict for each in again] == ["regression"]
    assert judge(run(), run(**before), Limits()) == []  # a baseline of before authorities had names
