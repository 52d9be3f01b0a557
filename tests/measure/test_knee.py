from harness.measure.knee import Point, knee


def point(asked: float, *accuracies: float) -> Point:
    return Point(asked, asked, 100, round(100 * (1 - asked)), accuracies)


def test_the_knee_is_the_greatest_sparsity_within_the_tolerance_of_the_mean() -> None:
    points = [point(0, 0.96, 0.98), point(0.5, 0.95, 0.96), point(0.8, 0.99, 0.94), point(0.9, 0.9)]
    assert knee(points, 0.01).asked == 0.8
    assert knee(points, 0.1).asked == 0.9
    assert knee(points[::-1], 0.01).asked == 0.8


def test_a_drop_of_exactly_the_tolerance_is_within_it() -> None:
    assert knee([point(0, 0.97), point(0.7, 0.96)], 0.01).asked == 0.7


def test_the_original_is_the_knee_where_every_sparsity_costs_more() -> None:
    assert knee([point(0, 0.97), point(0.1, 0.9)], 0.01).asked == 0
