import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import bootstrap
from sklearn.metrics import mean_absolute_error as sklearn_mae
from sklearn.metrics import r2_score

from harness.measure.regression import mean_absolute_error, mean_p, r2, r2_change, r2_interval

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


def two_models(
    rng: np.random.Generator, n: int, mine: float = 0.4, other: float = 0.4
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    truth = rng.normal(size=n)
    return truth, truth + rng.normal(scale=mine, size=n), truth + rng.normal(scale=other, size=n)


def test_the_paired_bootstrap_is_scipys() -> None:
    truth, good, bad = two_models(np.random.default_rng(4), 120, 0.2, 0.4)

    def change(rows: np.ndarray) -> float:
        rows = rows.astype(int)
        return float(r2(good[rows], truth[rows]) - r2(bad[rows], truth[rows]))

    theirs = bootstrap(
        (np.arange(120),), change, n_resamples=2000, method="percentile", vectorized=False,
        confidence_level=0.9, rng=np.random.default_rng(1),
    )  # fmt: skip
    found = r2_change(good, bad, truth)
    assert found.change == pytest.approx(r2_score(truth, good) - r2_score(truth, bad))
    assert -found.limit(0.05) == pytest.approx(theirs.confidence_interval.low, abs=0.006)
    assert found.draws.std() == pytest.approx(theirs.standard_error, rel=0.06)


def test_a_gain_of_r2_never_goes_with_a_p_of_the_opposite() -> None:
    """Ranks of absolute errors may favour the model of the smaller R²; the difference may not."""
    truth, good, bad = two_models(np.random.default_rng(4), 40, 0.1, 0.4)
    assert r2_change(good, bad, truth).two_sided_p < 0.01
    few = good.copy()
    few[np.argsort(-np.abs(truth))[:2]] *= -1  # rarely wrong, and then by much
    found = r2_change(few, bad, truth)
    assert found.change < 0
    assert found.p(0.01) > 0.5


def test_equal_models_do_not_differ() -> None:
    truth, good, _ = two_models(np.random.default_rng(4), 40)
    found = r2_change(good, good, truth)
    assert (found.change, found.two_sided_p, found.limit(0.05)) == (0, 1, 0)
    assert found.p(0.01) == pytest.approx(1 / 2001)
    constant = r2_change(np.ones(4), np.ones(4), np.ones(4))
    assert (constant.p(0.01), np.isinf(constant.limit(0.05))) == (1, True)
    assert constant.needed(0.01, 0.05) is None


def test_p_is_small_in_5_of_100_draws_of_equal_models() -> None:
    rng = np.random.default_rng(6)
    small = [
        r2_change(mine, other, truth).two_sided_p < 0.05
        for truth, mine, other in (two_models(rng, 60) for _ in range(150))
    ]
    assert 0.01 <= np.mean(small) <= 0.1


def test_four_times_the_samples_show_half_the_margin() -> None:
    rng = np.random.default_rng(2)
    few, many = (r2_change(b, c, a) for a, b, c in (two_models(rng, n) for n in (200, 800)))
    assert few.visible(0.05) / many.visible(0.05) == pytest.approx(2, rel=0.25)
    room = 0.05 - max(0.0, -few.change)
    needed = few.needed(0.05, 0.05)
    assert needed == pytest.approx(200 * (few.visible(0.05) / room) ** 2, abs=1)
    assert few.needed(0.0, 0.05) is None


def test_what_says_the_mean_is_no_better_than_the_mean() -> None:
    truth, good, _ = two_models(np.random.default_rng(4), 60)
    assert mean_p(good, truth) < 0.01
    assert mean_p(np.zeros(60), truth) > 0.5
    assert mean_p(-good, truth) > 0.99
    assert mean_p(np.ones(4), np.ones(4)) == 1


def test_drawn_r2_is_that_of_the_drawn_samples() -> None:
    rng = np.random.default_rng(3)
    truth = 1e4 + rng.normal(size=(7, 2))
    said = truth + rng.normal(scale=0.5, size=(7, 2))
    other = truth + rng.normal(scale=0.5, size=(7, 2))
    found = r2_change(said, other, truth)
    rows = np.random.default_rng(0).integers(0, 7, (2000, 7))[: len(found.draws)]
    assert len(found.draws) == 2000
    expected = [r2(said[row], truth[row]) - r2(other[row], truth[row]) for row in rows[:50]]
    assert found.draws[:50] == pytest.approx(expected, rel=1e-6)


def test_draws_without_variation_are_left_out() -> None:
    truth = np.array([0.0, 0.0, 0.0, 1.0])
    found = r2_change(truth + 0.1, truth + 0.2, truth)
    assert 2000 * 0.5 < len(found.draws) < 2000 * 0.75  # (3 / 4)**4 are constant
    assert np.isfinite(found.draws).all()
