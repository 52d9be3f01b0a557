from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from harness.measure.anomaly import (
    auc,
    auc_change,
    auc_interval,
    chance_p,
    delong_p,
    reconstruction_errors,
)

SCORES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1)), min_size=4, max_size=40)


@given(SCORES)
def test_auc_as_scikit_learn_has_it_ties_included(pairs: list[tuple[int, int]]) -> None:
    errors, labels = (np.array(column) for column in zip(*pairs, strict=True))
    assume(0 < labels.sum() < len(labels))
    assert auc(errors, labels) == pytest.approx(roc_auc_score(labels, errors))


def test_reconstruction_errors_by_hand() -> None:
    shown = np.array([[0.0, 2.0], [1.0, 1.0]], np.float32)
    given_back = np.array([[1.0, 0.0], [1.0, 1.0]])
    assert reconstruction_errors(given_back, shown).tolist() == [2.5, 0]


def test_labels_all_alike_have_no_auc() -> None:
    assert np.isnan(auc(np.arange(3), np.zeros(3, int)))


def paired(rng: np.random.Generator, samples: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    labels = rng.integers(0, 2, samples)
    shared = rng.normal(size=samples) + 1.2 * labels
    return labels, shared + rng.normal(size=samples), shared + rng.normal(size=samples)


def test_the_interval_covers_the_truth_in_95_of_100_draws() -> None:
    rng = np.random.default_rng(1)
    labels, errors, _ = paired(rng, 100_000)
    truth = roc_auc_score(labels, errors)
    rng = np.random.default_rng(2)
    inside = 0
    for _ in range(400):
        labels, errors, _ = paired(rng, 120)
        low, high = auc_interval(errors, labels)
        inside += low <= truth <= high
    assert 0.92 < inside / 400 < 0.98


@pytest.mark.parametrize("lift", [2.0, 2.8])  # AUCs of .92 and .98
def test_the_interval_of_a_high_auc_of_few_samples_covers_it(lift: float) -> None:
    truth, inside, known = NormalDist().cdf(lift / 2**0.5), 0, 0
    rng = np.random.default_rng(7)
    for _ in range(600):
        labels = np.repeat([0, 1], 30)
        low, high = auc_interval(rng.normal(size=60) + lift * labels, labels)
        assert np.isnan(low) or 0 <= low < high <= 1
        inside += low <= truth <= high
        known += not np.isnan(low)
    assert inside / known > 0.92  # Wald's: .80 to .86


def test_delongs_change_as_a_bootstrap_has_it() -> None:
    rng = np.random.default_rng(3)
    labels, errors, other = paired(rng, 300)
    found = auc_change(errors, other, labels)
    assert found.change == pytest.approx(
        roc_auc_score(labels, errors) - roc_auc_score(labels, other)
    )
    changes = []
    for _ in range(2000):
        drawn = rng.integers(0, 300, 300)
        changes.append(auc(errors[drawn], labels[drawn]) - auc(other[drawn], labels[drawn]))
    assert found.se == pytest.approx(np.std(changes), rel=0.08)


def test_what_orders_at_random_is_no_better_than_chance() -> None:
    rng = np.random.default_rng(8)
    labels = np.repeat([0, 1], 40)
    small = [chance_p(rng.normal(size=80), labels) < 0.05 for _ in range(400)]
    assert 0.02 < np.mean(small) < 0.08
    assert chance_p(rng.normal(size=80) + 2 * labels, labels) < 1e-6
    assert chance_p(-1.0 * labels, labels) > 0.999
    assert chance_p(np.arange(3), np.zeros(3, int)) == 1
    assert chance_p(np.array([1, 2, 3, 4]), np.array([0, 0, 1, 1])) == pytest.approx(1 / 6)


def test_p_is_small_in_5_of_100_draws_of_equal_models_and_sees_a_difference() -> None:
    rng = np.random.default_rng(5)
    small = 0
    for _ in range(400):
        labels, errors, other = paired(rng, 120)
        small += delong_p(errors, other, labels) < 0.05
    assert 0.02 < small / 400 < 0.08
    labels, errors, _ = paired(rng, 400)
    assert delong_p(errors, rng.normal(size=400), labels) < 1e-6
    assert delong_p(errors, 2 * errors + 1, labels) == 1


def test_a_perfect_model_of_four_samples_is_not_certainly_perfect() -> None:
    labels, errors = np.array([0, 0, 1, 1]), np.array([1, 2, 3, 4])
    assert auc(errors, labels) == 1
    assert np.isnan(auc_interval(errors, labels)).all()
    assert np.isnan(delong_p(errors, -errors, labels))
    assert delong_p(errors, errors, labels) == 1


def test_one_anomaly_has_no_interval() -> None:
    assert np.isnan(auc_interval(np.array([1, 3, 2]), np.array([0, 0, 1]))).all()
