from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, t, ttest_ind

from harness.measure.board_runs import ASSUMED, RunSpread, log_mean


def test_a_run_s_figure_is_the_mean_logarithm_of_its_times() -> None:
    times = np.array([1.0, 100.0, np.nan, 0.0])
    assert log_mean(times) == pytest.approx(log(10))
    assert np.isnan(log_mean(np.array([0.0])))


def test_the_spread_is_pooled_over_cells() -> None:
    cells = [[0.0, 2.0], [1.0, 1.0, 4.0], [5.0]]
    found = RunSpread.of(cells)
    assert found.df == 1 + 2
    assert found.s == pytest.approx(sqrt((2 + 6) / 3))  # squares about the cells' means


def test_no_spread_is_finer_than_the_clock() -> None:
    assert RunSpread.of([[1.0, 1.0]], resolution=0.004).s == 0.004
    assert RunSpread.of([[1.0], [2.0]]) == RunSpread(ASSUMED, 0)


def test_for_one_cell_it_is_the_pooled_t_test() -> None:
    rng = np.random.default_rng(1)
    before, now = rng.normal(0, 0.01, 5), rng.normal(0.02, 0.01, 5)
    spread = RunSpread.of([list(before), list(now)])
    p = ttest_ind(now, before, alternative="greater").pvalue
    assert spread.threshold(5, 5, p) == pytest.approx(now.mean() - before.mean())


def test_the_threshold_by_hand() -> None:
    found = RunSpread(0.01, 200)
    assert found.threshold(5, 5, 0.001) == pytest.approx(t.ppf(0.999, 200) * 0.01 * sqrt(0.4))
    assert RunSpread(0.03, 0).threshold(1, 1, 0.001) == pytest.approx(
        norm.ppf(0.999) * 0.03 * sqrt(2)
    )
    assert RunSpread(1e-6, 200).visible(5, 0.001, 0.005) == pytest.approx(0.005, rel=1e-3)


def test_the_visible_step_is_found_nine_times_of_ten() -> None:
    rng = np.random.default_rng(2)
    spread = RunSpread(0.01, 200)
    step = log(1 + spread.visible(5, 0.001, 0.005))
    means = rng.normal(0, 0.01, (4000, 5)).mean(axis=1), rng.normal(0, 0.01, (4000, 5)).mean(axis=1)
    found = means[1] + step - means[0] > spread.threshold(5, 5, 0.001)
    assert 0.88 < found.mean() < 0.92


@given(st.floats(1e-4, 0.1), st.integers(1, 300), st.integers(1, 5), st.floats(1e-5, 0.1))
def test_more_runs_show_smaller_steps(s: float, df: int, runs: int, level: float) -> None:
    spread = RunSpread(s, df)
    assert spread.threshold(runs + 1, 5, level) < spread.threshold(runs, 5, level)
    assert spread.threshold(runs, 5, level / 2) > spread.threshold(runs, 5, level)
