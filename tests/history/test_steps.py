from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.history.steps import (
    FEWEST,
    Step,
    block_length,
    exact_steps,
    scanned_steps,
)


def test_every_change_of_an_exact_figure_is_a_step() -> None:
    assert exact_steps([5, 5, 6, 6, 6, 3]) == [Step(2, 5, 6), Step(5, 6, 3)]
    assert exact_steps([7.0]) == []
    assert Step(2, 5, 6).change == pytest.approx(0.2)
    assert Step(1, 0, 6).change is None
    assert Step(1, -4, -5).change == -0.25


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20))
def test_exact_steps_give_the_series_back(values: list[int]) -> None:
    steps = exact_steps(values)
    ends = [0, *(step.at for step in steps), len(values)]
    rebuilt = [values[start] for start, end in pairwise(ends) for _ in range(start, end)]
    assert rebuilt == values


def test_steps_of_noisy_times_are_found_where_they_are() -> None:
    rng = np.random.default_rng(5)
    noise = rng.normal(0, 1, 36)
    levels = np.repeat([100.0, 120.0, 90.0], 12)
    steps = scanned_steps(list(levels + noise), 0.05)
    assert [step.at for step in steps] == [12, 24]
    assert [round(step.after, -1) for step in steps] == [120, 90]
    assert all(step.p is not None and step.p < 0.01 for step in steps)
    assert scanned_steps(list(levels + noise), 0.3) == []  # below the clock's noise


def test_noise_alone_has_hardly_any_steps() -> None:
    rng = np.random.default_rng(6)
    found = [scanned_steps(list(100 + rng.normal(0, 10, 20)), 0.0) for _ in range(60)]
    assert sum(bool(steps) for steps in found) <= 2  # one in a hundred by chance


def test_the_fewest_runs_that_can_show_a_step_do() -> None:
    values = [float(level + place % 5) for place, level in enumerate([10] * 5 + [50] * 5)]
    assert len(values) == FEWEST
    (step,) = scanned_steps(values, 0.05)
    assert (step.at, step.before, step.after) == (5, 12, 52)
    assert scanned_steps(values[1:], 0.05) == []


@given(st.integers(0, 40), st.floats(0.1, 1e6))
def test_a_constant_has_no_step(count: int, value: float) -> None:
    assert scanned_steps([value] * count, 0.0) == []


def test_long_series_are_permuted_in_at_least_ten_blocks() -> None:
    assert [block_length(runs) for runs in (10, 19, 20, 39, 60)] == [1, 1, 2, 3, 6]


def autocorrelated(rng: np.random.Generator, runs: int, share: float) -> np.ndarray:
    values = rng.normal(size=runs)
    for place in range(1, runs):
        values[place] += share * values[place - 1]
    return values


def test_runs_that_share_their_neighbours_noise_have_hardly_any_steps() -> None:
    """Single runs permuted: a step in 15 of 100 such series."""
    rng = np.random.default_rng(8)
    found = [scanned_steps(list(100 + autocorrelated(rng, 40, 0.5)), 0.0) for _ in range(60)]
    assert sum(bool(steps) for steps in found) <= 5
