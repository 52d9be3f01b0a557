import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import wilcoxon
from sklearn.metrics import mean_absolute_error as sklearn_mae
from sklearn.metrics import r2_score

from harness.measure.regression import mean_absolute_error, r2, r2_interval, signed_rank_p

VALUES = st.floats(-100, 100, width=32)


@given(arrays(np.float32, (9, 2), elements=VALUES), arrays(np.float32, (9, 2), elements=VALUES))
def test_as_scikit_learn_has_it(said: np.ndarray, truth: np.ndarray) -> None:
    exact = said.astype(np.float64), truth.astype(np.float64)
    assert mean_absolute_error(said, truth) == pytest.approx(sklearn_mae(exact[1], exact[0]))
    if np.ptp(truth, axis=0).min() > 1e-3:
        assert r2(said, truth) == pytest.approx(r2_score(exact[1], exact[0]), rel=1e-9, abs=1e-9)


def test_by_hand() -> None:
    truth = np.array([1.0, 2.0, 3.0])
    assert r2(np.array([1.0, 2.0, 4.0]), truth) == pytest.approx(1 - 1 / 2)
    assert r2(np.full(3, 2.0), truth) == 0
    assert mean_absolute_error(np.array([[1.0], [2.0], [4.0]]), truth) == pytest.approx(1 / 3)


def test_a_value_that_never_varies_is_met_or_not() -> None:
    assert r2(np.ones((4, 1)), np.ones((4, 1))) == 1
    assert r2(np.zeros((4, 1)), np.ones((4, 1))) == 0
    assert np.isnan(r2_interval(np.ones((4, 1)), np.ones((4, 1)))).all()


def test_the_interval_holds_the_value_repeats_and_shrinks_with_more_samples() -> None:
    rng = np.random.default_rng(3)
    truth = rng.normal(size=800)
    said = truth + rng.normal(scale=0.5, size=800)
    few, many = r2_interval(said[:50], truth[:50]), r2_interval(said, truth)
    assert few[0] < r2(said[:50], truth[:50]) < few[1]
    assert many[0] < 0.8 < many[1]
    assert many[1] - many[0] < (few[1] - few[0]) / 2
    assert r2_interval(said, truth) == many


def test_the_paired_test_is_wilcoxons_on_absolute_errors() -> None:
    rng = np.random.default_rng(4)
    truth = rng.normal(size=40)
    good, bad = truth + rng.normal(scale=0.1, size=40), truth + rng.normal(scale=0.4, size=40)
    expected = wilcoxon(np.abs(good - truth), np.abs(bad - truth)).pvalue
    assert signed_rank_p(good, bad, truth) == pytest.approx(expected)
    assert signed_rank_p(good, bad, truth) < 0.01
    assert signed_rank_p(good, good, truth) == 1
