import numpy as np

from harness.measure.exchanged import exchanged

LABELS = np.arange(300) % 10


def test_honest_answers_have_no_exchange() -> None:
    wrong = LABELS.copy()
    wrong[:60] = (wrong[:60] + 1) % 10
    assert exchanged(LABELS, LABELS, 10) is None
    assert exchanged(wrong, LABELS, 10) is None
    assert exchanged(LABELS[:0], LABELS[:0], 10) is None


def test_two_labels_and_all_labels() -> None:
    said = LABELS.copy()
    said[LABELS == 3], said[LABELS == 8] = 8, 3
    said[0] = 7  # one more mistake
    found = exchanged(said, LABELS, 10)
    assert found is not None
    assert found.pairs == ((3, 8), (8, 3))
    assert found.accuracy == 299 / 300
    reversed_ = exchanged(9 - LABELS, LABELS, 10)
    assert reversed_ is not None
    assert reversed_.pairs == tuple((label, 9 - label) for label in range(10))


def test_labels_from_1_are_found() -> None:
    found = exchanged(LABELS, LABELS + 1, 11)
    assert found is not None
    assert found.pairs == tuple((label, label - 1) for label in range(1, 11))


def test_a_class_that_is_taken_for_another_is_a_mistake_and_no_exchange() -> None:
    said = np.where(LABELS == 3, 8, LABELS)
    assert exchanged(said, LABELS, 10) is None


def test_chance_is_no_exchange() -> None:
    rng = np.random.default_rng(4)
    found = [exchanged(rng.integers(0, 10, 300), LABELS, 10) is not None for _ in range(200)]
    assert sum(found) == 0


def test_few_samples_show_no_exchange() -> None:
    labels = np.array([0, 1, 2, 0, 1])
    assert exchanged((labels + 1) % 3, labels, 3) is None
