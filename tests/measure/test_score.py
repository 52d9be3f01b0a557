import numpy as np
import pytest

from harness.measure.metric import METRICS
from harness.measure.noninferiority import Pairs
from harness.measure.score import (
    answers,
    compare,
    difference_p,
    majority_class,
    score,
    trivial_p,
)


def test_classes_come_from_raw_outputs_as_they_are() -> None:
    raw = np.array([[-128, 5, 5], [100, -3, 4]], np.int8)
    assert answers("classification", raw, None).tolist() == [1, 0]


def test_values_and_errors_are_of_real_outputs() -> None:
    assert answers("regression", np.array([[[1.5]], [[2.0]]]), None).tolist() == [[1.5], [2.0]]
    shown = np.ones((2, 1, 2), np.float32)
    said = answers("anomaly", np.array([[[1.0, 3.0]], [[1.0, 1.0]]]), shown)
    assert said.tolist() == [2, 0]
    with pytest.raises(ValueError, match="need the samples"):
        answers("anomaly", np.ones((2, 2)), None)


def test_each_task_has_its_figure() -> None:
    labels = np.array([0, 1, 1, 0])
    found = score("classification", np.array([0, 1, 0, 0]), labels)
    assert (found.value, found.mae) == (0.75, None)
    assert found.low < 0.75 < found.high
    found = score("regression", np.array([[0.0], [1], [1], [2]]), labels.astype(np.float32))
    assert (found.value, found.mae) == (1 - 4, 0.5)
    found = score("anomaly", np.array([0.1, 0.9, 0.3, 0.2]), labels)
    assert (found.value, found.mae) == (1, None)


@pytest.mark.parametrize("task", METRICS)
def test_a_model_does_not_differ_from_itself(task: str) -> None:
    said = np.array([0.0, 1.0, 1.0, 0.0])
    assert difference_p(task, said, said, np.array([0, 1, 0, 1])) == 1


def test_a_candidate_is_compared_by_its_task() -> None:
    labels = np.array([0, 1, 1, 0, 1])
    found = compare("classification", np.array([0, 1, 0, 0, 1]), np.array([1, 1, 1, 0, 1]), labels)
    assert found == Pairs(gained=1, lost=1, n=5)
    values = labels.astype(float)
    assert compare("regression", values, values[::-1], values).change > 0.9
    assert compare("anomaly", values, values[::-1], labels).change == pytest.approx(
        5 / 6
    )  # from 1 / 6 to 1


def test_always_naming_the_most_frequent_class_is_trivial() -> None:
    labels = np.repeat([2, 0], [95, 5])
    assert majority_class(labels) == 2
    assert trivial_p("classification", np.full(100, 2), labels) == 0.5
    better = labels.copy()
    better[:1] = 0  # four of five rare samples more than the majority has, net
    assert trivial_p("classification", better, labels) == pytest.approx(7 / 64 / 2 + 1 / 128)
    assert trivial_p("classification", 2 - labels, labels) > 0.999


def test_a_good_model_is_not_trivial_in_any_task() -> None:
    rng = np.random.default_rng(1)
    labels = np.repeat([0, 1], 20)
    noisy = labels + rng.normal(0, 0.3, 40)
    assert trivial_p("classification", labels, labels) < 1e-4
    assert trivial_p("regression", noisy, labels.astype(float)) < 0.01
    assert trivial_p("anomaly", noisy, labels) < 0.01
