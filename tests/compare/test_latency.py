"""The gate on times: counts sample by sample, boards run by run."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compare.baseline import Baseline, CellFigures, RunTime
from harness.compare.finding import Finding
from harness.compare.judge import judge
from harness.compare.latency import Boards
from harness.compare.packed import pack
from harness.plan.limits import Limits

CELL = "original/int8/codegen/qemu-m4"
BASE = 1000.0 + np.arange(360.0) % 7


def counted(counts: np.ndarray, *, packed: bool = True) -> Baseline:
    figures: dict[str, object] = {
        "status": "ok", "timing_kind": "instructions", "latency_unit": "instructions",
        "samples": len(counts), "counts": pack(counts) if packed else None,
        "latency_median": float(np.nanmedian(counts)), "latency_max": float(np.nanmax(counts)),
    }  # fmt: skip
    return Baseline(plan="p", cells={CELL: CellFigures.model_validate(figures)})


def compared(counts: np.ndarray, **limits: float) -> list[Finding]:
    return judge(counted(BASE), counted(counts), Limits.model_validate(limits))


def test_the_same_counts_raise_nothing() -> None:
    assert compared(BASE.copy()) == []


def test_175_of_360_samples_that_are_slower_do_not_pass() -> None:
    now = BASE.copy()
    now[np.argsort(BASE, kind="stable")[:175]] = 1003.0  # neither median nor maximum moves
    assert (np.median(now), now.max()) == (np.median(BASE), BASE.max())
    (found,) = compared(now)
    assert (found.verdict, found.figure) == ("regression", "latency_samples")
    assert found.detail == "156 of 360 samples slower, sample 0 by 3 (+0.3%)"


def test_one_sample_by_one_instruction_is_found() -> None:
    now = BASE.copy()
    now[17] += 1
    (found,) = compared(now)
    assert found.detail == "1 of 360 samples slower, sample 17 by 1 (+0.1%)"
    assert compared(now, count_growth=0.01) == []


def test_a_slower_median_is_told_first_and_faster_samples_do_not_hide_it() -> None:
    now = BASE + 10
    now[3] -= 30
    (found,) = compared(now)
    assert (found.figure, found.verdict) == ("latency_median", "regression")
    assert found.detail == (
        "1,003 to 1,013 instructions (+1.0%); 359 of 360 samples slower, sample 0 by 10 (+1.0%); "
        "1 of 360 samples faster, sample 3 by 20 (-2.0%)"
    )


def test_samples_that_are_only_faster_are_an_improvement() -> None:
    (found,) = compared(BASE - 1)
    assert (found.figure, found.verdict) == ("latency_median", "improvement")
    assert found.detail.startswith("1,003 to 1,002 instructions (-0.1%); 360 of 360 samples faster")


def test_a_cold_call_is_not_compared() -> None:
    before, now = BASE.copy(), BASE * 1.0
    before[0] = now[0] = np.nan
    assert judge(counted(before), counted(now), Limits()) == []


def test_a_baseline_of_version_1_is_compared_by_median_and_maximum() -> None:
    (found,) = judge(counted(BASE, packed=False), counted(BASE + 5), Limits())
    assert found.detail == "1,003 to 1,008 instructions (+0.5%)"


@given(st.lists(st.integers(0, 3), min_size=5, max_size=40), st.data())
def test_any_sample_that_is_slower_is_found(values: list[int], data: st.DataObject) -> None:
    before = 100.0 + np.array(values)
    step = st.lists(st.integers(-2, 2), min_size=len(values), max_size=len(values))
    now = before + np.array(data.draw(step))
    found = judge(counted(before), counted(now), Limits())
    assert any(each.verdict == "regression" for each in found) == bool((now > before).any())
    assert bool(found) == bool((now != before).any())


def runs(times: np.ndarray, first: int = 0, samples: int = 100) -> tuple[RunTime, ...]:
    return tuple(
        RunTime(started=f"run {first + place}", log_time=log(time), samples=samples)
        for place, time in enumerate(times)
    )


def boards(times: np.ndarray, first: int = 0, samples: int = 100, **more: object) -> Baseline:
    """A cell a row of `times` (cells, runs), in microseconds."""
    cells = {
        f"v{number}/int8/codegen/uno": CellFigures.model_validate(
            {"status": "ok", "timing_kind": "hardware", "latency_unit": "us",
             "runs": runs(row, first, samples)} | more
        )
        for number, row in enumerate(times)
    }  # fmt: skip
    return Baseline(plan="p", cells=cells)


RNG = np.random.default_rng(1)
BEFORE = 500 * np.exp(RNG.normal(0, 0.01, (10, 5)))


def test_a_run_that_differs_little_passes() -> None:
    now = BEFORE.mean(axis=1, keepdims=True)
    assert judge(boards(BEFORE), boards(now, 5), Limits()) == []


def test_a_suspicious_run_asks_for_four_more() -> None:
    now = BEFORE.mean(axis=1, keepdims=True)
    now[3] *= 1.04
    (found,) = judge(boards(BEFORE), boards(now, 5), Limits())
    assert (found.cell, found.verdict) == ("v3/int8/codegen/uno", "repeat")
    assert found.detail.endswith("in 1 run: 4 more runs of this image will tell")
    assert "(+4.0%)" in found.detail


def test_five_runs_are_judged_by_their_mean() -> None:
    now = 500 * np.exp(RNG.normal(0, 0.01, (10, 5)))
    assert judge(boards(BEFORE), boards(now, 5), Limits()) == []
    now[3] *= 1.04
    now[7] *= 0.96
    slower, faster = judge(boards(BEFORE), boards(now, 5), Limits())
    assert (slower.cell, slower.verdict) == ("v3/int8/codegen/uno", "regression")
    assert (faster.cell, faster.verdict) == ("v7/int8/codegen/uno", "improvement")
    assert "mean of 5 runs; chance reaches 1.6%" in slower.detail


def test_less_than_half_a_per_cent_is_no_regression() -> None:
    steady = np.full((10, 5), 500.0) * np.exp(RNG.normal(0, 1e-5, (10, 5)))
    assert judge(boards(steady), boards(steady * 1.004, 5), Limits()) == []
    assert len(judge(boards(steady), boards(steady * 1.006, 5), Limits())) == 10


def test_the_clock_s_step_bounds_the_spread() -> None:
    steady = np.full((2, 5), 20.0)
    before = boards(steady, tick=1.0)
    assert judge(before, boards(steady + 2, 5, tick=1.0), Limits())[0].verdict == "regression"
    assert judge(before, boards(steady + 0.9, 5, tick=1.0), Limits()) == []
    fine = judge(boards(steady), boards(steady + 0.9, 5), Limits())
    assert [each.verdict for each in fine] == ["regression"] * 2


def test_runs_of_the_baseline_are_not_judged_again() -> None:
    both = np.concatenate([BEFORE[:, 1:], BEFORE.mean(axis=1, keepdims=True) * 1.04], axis=1)
    found = judge(boards(BEFORE), boards(both, 1), Limits())
    assert {each.verdict for each in found} == {"repeat"}
    assert "in 1 run: 4 more" in found[0].detail
    assert judge(boards(BEFORE), boards(BEFORE), Limits()) == []


def test_a_baseline_of_one_run_finds_coarse_steps_only() -> None:
    one = BEFORE[:, :1]
    assert judge(boards(one), boards(one * 1.04, 5), Limits()) == []
    assert {each.verdict for each in judge(boards(one), boards(one * 1.3, 5), Limits())} == {
        "regression"
    }
    times = CellFigures(
        status="ok", timing_kind="hardware", latency_unit="us", times=(500.0,) * 100
    )
    old = Baseline(plan="p", cells={"v0/int8/codegen/uno": times})
    (found,) = judge(old, boards(np.full((1, 1), 700.0)), Limits())
    assert found.verdict == "regression"


def test_other_numbers_of_samples_are_not_judged() -> None:
    found = judge(boards(BEFORE), boards(BEFORE * 2, 5, samples=50), Limits())
    assert {each.detail for each in found} == {"50 samples a run, the baseline 100: not judged"}


def test_the_least_visible_step_is_told() -> None:
    limits = Limits()
    (line,) = Boards.of(boards(BEFORE), limits).remarks(boards(BEFORE))
    assert line == (
        "uno: a step of 2.3% is seen in 5 runs 9 times of 10; 0.90% between runs, of 5 each"
    )
    one = boards(BEFORE[:, :1])
    (line,) = Boards.of(one, limits).remarks(one)
    assert line.endswith("assumed, as the baseline has one run: accept 5 of the same image")
    assert Boards.of(counted(BASE), limits).remarks(counted(BASE)) == []


@pytest.mark.parametrize("noise", [0.01, 0.03])
def test_fifty_quiet_cells_rarely_alarm(noise: float) -> None:
    """The two stages of the gate: one run, then five of what differed."""
    rng, alarms = np.random.default_rng(3), 0
    for _ in range(60):
        before = boards(500 * np.exp(rng.normal(0, noise, (50, 5))))
        five = 500 * np.exp(rng.normal(0, noise, (50, 5)))
        first = judge(before, boards(five[:, :1], 5), Limits())
        suspicious = {each.cell for each in first if each.verdict == "repeat"}
        again = judge(before, boards(five, 5), Limits())
        alarms += any(e.cell in suspicious and e.verdict == "regression" for e in again)
    assert alarms / 60 <= 0.10
