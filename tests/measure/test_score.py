import numpy as np
import pytest

from harness.measure.metric import METRICS
from harness.measure.score import answers, difference_p, score


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
