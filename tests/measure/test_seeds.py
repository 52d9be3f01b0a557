import pytest

from harness.measure.seeds import Spread, spread


def test_the_deviation_is_that_of_a_sample() -> None:
    found = spread([0.95, 0.96, 0.97])
    assert (found.mean, found.n) == (pytest.approx(0.96), 3)
    assert found.sd == pytest.approx(0.01)


def test_one_value_has_no_deviation_and_none_no_mean() -> None:
    assert spread([0.9]) == Spread(0.9, None, 1)
    with pytest.raises(ValueError, match="no value"):
        spread([])
