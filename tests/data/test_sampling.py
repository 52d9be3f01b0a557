import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.data.sampling import draw


def test_a_split_in_the_order_of_its_classes_gives_all_of_them() -> None:
    labels = np.repeat(np.arange(10), 36)
    rows = draw(labels, "classification", 20, 42)
    assert np.bincount(labels[rows]).tolist() == [2] * 10
    assert len(set(labels[:20])) == 1  # the first 20 are of one class


def test_shares_are_kept_and_no_class_is_lost() -> None:
    labels = np.repeat([0, 1, 2], [900, 95, 5])
    assert np.bincount(labels[draw(labels, "classification", 100, 1)]).tolist() == [89, 10, 1]
    assert np.bincount(labels[draw(labels, "anomaly", 3, 1)]).tolist() == [1, 1, 1]


def test_the_same_seed_draws_the_same_rows_and_another_one_others() -> None:
    labels = np.arange(500) % 7
    first = draw(labels, "classification", 50, 3)
    assert first.tolist() == draw(labels, "classification", 50, 3).tolist()
    assert first.tolist() != draw(labels, "classification", 50, 4).tolist()


def test_values_are_drawn_by_chance() -> None:
    rows = draw(np.linspace(0, 1, 1000), "regression", 100, 5)
    assert len(set(rows.tolist())) == 100
    assert 0.35 < (rows / 1000).mean() < 0.65


@given(st.lists(st.integers(0, 5), min_size=1, max_size=80), st.integers(1, 100), st.integers(0, 9))
def test_it_draws_as_many_as_asked_once_each_and_nearly_by_share(
    classes: list[int], count: int, seed: int
) -> None:
    labels = np.array(classes)
    rows = draw(labels, "classification", count, seed)
    wanted = min(count, len(labels))
    assert rows.tolist() == sorted(set(rows.tolist()))
    assert len(rows) == wanted
    for label in set(classes):
        exact = (labels == label).mean() * wanted
        assert abs((labels[rows] == label).sum() - exact) <= 1 + len(set(classes))
    if count >= len(set(classes)):
        assert set(labels[rows]) == set(classes)
