from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure.score import answers, compare, difference_p, score, trivial_p
from harness.measure.threshold import (
    best_threshold,
    choose_threshold,
    decide,
    takes_threshold,
    yes_figures,
)

PROBABILITIES = np.array([[0.1], [0.5], [0.49], [0.9]])
LABELS = np.array([0, 1, 1, 1])
ROWS = np.array([[1, 0], [0, 0], [1, 1], [0, 0]])


def test_one_output_says_yes_from_its_threshold_on() -> None:
    assert answers("classification", PROBABILITIES, None, 0.5).tolist() == [0, 1, 0, 1]
    assert answers("classification", PROBABILITIES, None, 0.4).tolist() == [0, 1, 1, 1]
    assert score("classification", decide(PROBABILITIES, 0.5), LABELS).value == 0.75


def test_who_takes_a_threshold() -> None:
    assert takes_threshold("classification", 1)
    assert takes_threshold("multilabel", 3)
    assert not takes_threshold("classification", 2)
    assert not takes_threshold("regression", 1)


def test_a_sample_of_several_labels_is_right_where_all_are() -> None:
    said = np.array([[1, 0], [0, 1], [1, 1], [0, 0]])
    assert score("multilabel", said, ROWS).value == 0.75
    assert difference_p("multilabel", said, said, ROWS) == 1.0
    change = compare("multilabel", ROWS, said, ROWS)
    assert change.change == 0.25


def test_nothing_learned_is_the_most_frequent_set_of_labels() -> None:
    labels = np.repeat(ROWS, 10, axis=0)
    always = np.zeros_like(labels)  # the most frequent set
    assert trivial_p("multilabel", always, labels) == 1 - 1 / 2
    assert trivial_p("multilabel", labels, labels) < 0.001


def test_the_best_threshold_by_hand() -> None:
    outputs = np.array([[0.1], [0.2], [0.3], [0.8]])
    labels = np.array([0, 1, 1, 1])
    assert best_threshold(outputs, labels, 0.5) == pytest.approx(0.15)
    assert best_threshold(outputs, np.array([0, 0, 0, 1]), 0.5) == 0.5  # as good as any other
    assert choose_threshold(outputs, labels, 0.7, 0.5) == 0.7
    assert choose_threshold(outputs, labels, None, 0.5) == 0.5
    assert choose_threshold(None, labels, "best", 0.5) == 0.5
    assert choose_threshold(outputs, labels, "best", 0.5) == pytest.approx(0.15)


@given(st.integers(1, 60), st.integers(0, 20))
def test_no_threshold_is_better_than_the_best(size: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    outputs, labels = generator.random((size, 1)), generator.integers(0, 2, size)
    found = best_threshold(outputs, labels, 0.5)
    best = score("classification", decide(outputs, found), labels).value
    for other in (0.0, *outputs[:, 0], 1.1):
        if outputs.min() < other <= outputs.max():  # one that tells samples apart
            assert score("classification", decide(outputs, other), labels).value <= best


def test_f1_and_auc_by_hand() -> None:
    found = yes_figures(decide(PROBABILITIES, 0.5), PROBABILITIES, LABELS)
    assert found.f1 == pytest.approx(2 * 2 / (2 + 3))
    assert found.auc == 1.0
    outputs = np.array([[0.9, 0.2], [0.1, 0.3], [0.8, 0.25], [0.2, 0.1]])
    found = yes_figures(decide(outputs, 0.5), outputs, ROWS)
    assert found.f1 == pytest.approx(2 * 2 / (2 + 3))
    assert found.auc == pytest.approx((1 + 2 / 3) / 2)


def test_figures_that_do_not_exist_are_no_number() -> None:
    none = yes_figures(np.zeros(3, int), np.zeros((3, 1)), np.zeros(3, int))
    assert np.isnan([none.f1, none.auc]).all()
