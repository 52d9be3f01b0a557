import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.isotonic import IsotonicRegression

from harness.measure.knee import Point, falling, knee


def point(asked: float, *accuracies: float, validation: tuple[float, ...] = ()) -> Point:
    left = round(100 * (1 - asked))
    return Point(asked, asked, 100, left, accuracies, validation)


def test_the_knee_is_the_greatest_sparsity_within_the_tolerance_of_the_mean() -> None:
    points = [point(0, 0.96, 0.98), point(0.5, 0.96, 0.97), point(0.8, 0.99, 0.93), point(0.9, 0.9)]
    assert knee(points, 0.01).point.asked == 0.8
    assert knee(points, 0.1).point.asked == 0.9
    assert knee(points[::-1], 0.01).point.asked == 0.8


def test_a_lucky_level_behind_failures_is_no_knee() -> None:
    points = [point(0, 0.97), point(0.5, 0.97), point(0.7, 0.80), point(0.9, 0.965), point(0.95, 0)]
    assert knee(points, 0.01).point.asked == 0.5


def test_the_knee_is_chosen_on_validation_where_that_is_known() -> None:
    points = [
        point(0, 0.97, validation=(0.97,)),
        point(0.5, 0.90, validation=(0.97,)),
        point(0.9, 0.97, validation=(0.90,)),
    ]
    assert knee(points, 0.01).point.asked == 0.5


def test_a_knee_at_the_edge_of_the_range_is_marked() -> None:
    points = [point(0, 0.97), point(0.5, 0.97), point(0.9, 0.96)]
    assert knee(points, 0.01).at_edge
    assert not knee([*points, point(0.95, 0.5)], 0.01).at_edge


def test_a_drop_of_exactly_the_tolerance_is_within_it() -> None:
    assert knee([point(0, 0.97), point(0.7, 0.96)], 0.01).point.asked == 0.7


def test_the_original_is_the_knee_where_every_sparsity_costs_more() -> None:
    found = knee([point(0, 0.97), point(0.1, 0.9)], 0.01)
    assert (found.point.asked, found.at_edge) == (0, False)


@given(arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 1)))
def test_the_fit_is_scikit_learns_isotonic_regression(values: np.ndarray) -> None:
    expected = IsotonicRegression(increasing=False).fit_transform(np.arange(len(values)), values)
    assert falling(list(values)) == pytest.approx(list(expected), abs=1e-9)
