import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure.latency import is_deterministic, summarise


def warm(counts: list[float]) -> np.ndarray:
    return np.full(len(counts), 2)


def test_figures_worked_out_by_hand() -> None:
    counts = [10.0, 20.0, 30.0, 40.0, 50.0]
    found = summarise(np.array(counts), warm(counts))
    assert (found.n, found.minimum, found.median, found.maximum) == (5, 10.0, 30.0, 50.0)
    assert found.iqr == 20.0  # 40 - 20
    assert found.p95 == pytest.approx(48.0)  # place 0.95 * 4 = 3.8: 40 + 0.8 * 10
    assert found.distinct == 5
    assert math.isnan(found.cold)


def test_the_cold_call_is_kept_apart() -> None:
    found = summarise(np.array([900.0, 10.0, 10.0, 12.0]), np.array([1, 2, 3, 4]))
    assert (found.cold, found.n, found.median, found.maximum) == (900.0, 3, 10.0, 12.0)
    assert found.distinct == 2


def test_a_cold_count_taken_before_the_samples_wins() -> None:
    found = summarise(np.array([900.0, 10.0]), np.array([1, 2]), cold=950.0)
    assert (found.cold, found.n, found.median) == (950.0, 1, 10.0)


@pytest.mark.parametrize("calls", [[], [1]])
def test_without_warm_calls_nothing_is_made_up(calls: list[int]) -> None:
    found = summarise(np.array([7.0] * len(calls)), np.array(calls, dtype=int))
    assert (found.n, found.distinct) == (0, 0)
    assert all(math.isnan(x) for x in (found.median, found.p95, found.maximum, found.iqr))


def test_counts_that_are_no_numbers_are_left_out() -> None:
    found = summarise(np.array([np.nan, 4.0, 6.0]), np.array([2, 3, 4]))
    assert (found.n, found.median) == (2, 5.0)


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=50))
def test_the_order_of_the_figures(counts: list[float]) -> None:
    found = summarise(np.array(counts), warm(counts))
    assert found.minimum <= found.median <= found.maximum
    assert found.p95 <= found.maximum * (1 + 1e-12)
    assert found.median == pytest.approx(np.median(counts))


def test_which_counters_repeat_exactly() -> None:
    kinds = ("instructions", "cycle-accurate", "hardware", "host-clock")
    assert [is_deterministic(kind) for kind in kinds] == [True, True, False, False]
