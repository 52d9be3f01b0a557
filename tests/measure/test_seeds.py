import numpy as np
import pytest
from scipy.stats import ttest_rel

from harness.measure.seeds import Change, Spread, paired_change, spread


def test_the_deviation_is_that_of_a_sample() -> None:
    found = spread([0.95, 0.96, 0.97])
    assert (found.mean, found.n) == (pytest.approx(0.96), 3)
    assert found.sd == pytest.approx(0.01)


def test_one_value_has_no_deviation_and_none_no_mean() -> None:
    assert spread([0.9]) == Spread(0.9, None, 1)
    with pytest.raises(ValueError, match="no value"):
        spread([])


def test_the_paired_change_has_students_interval() -> None:
    rng = np.random.default_rng(1)
    before, after = rng.normal(0.96, 0.02, 5), rng.normal(0.95, 0.02, 5)
    found = paired_change(list(after), list(before))
    low, high = ttest_rel(after, before).confidence_interval(0.95)
    assert found.half is not None
    assert (found.mean - found.half, found.mean + found.half) == pytest.approx((low, high))
    assert found.n == 5


def test_seeds_that_move_together_leave_a_narrow_interval() -> None:
    found = paired_change([0.90, 0.95, 0.99], [0.91, 0.96, 1.00])
    assert found.mean == pytest.approx(-0.01)
    assert found.half == pytest.approx(0, abs=1e-12)


def test_one_seed_has_a_change_without_an_interval() -> None:
    assert paired_change([0.5], [0.25]) == Change(0.25, None, 1)
    with pytest.raises(ValueError, match="longer"):
        paired_change([0.5], [0.25, 0.3])
