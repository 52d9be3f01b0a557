from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.codegen.fixed_point import (
    INT32_MAX,
    activation_range,
    doubling_high_mul,
    exp_on_negative,
    quantise_multiplier,
    round_half_away,
    rounding_shift,
    softmax_table,
)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(0.5, 1), (-0.5, -1), (1.5, 2), (2.5, 3), (-2.5, -3), (0.49999999999999994, 0), (7.0, 7)],
)
def test_halves_round_away_from_zero(value: float, rounded: int) -> None:
    assert round_half_away(value) == rounded


@pytest.mark.parametrize(
    ("value", "pair"),
    [
        (1.0, (1 << 30, 1)),
        (0.5, (1 << 30, 0)),
        (0.75, (3 << 29, 0)),
        (0.0, (0, 0)),
        (2.0**-40, (0, 0)),
        (math.nextafter(1.0, 0.0), (1 << 30, 1)),  # rounds up to 2**31 and is halved
    ],
)
def test_known_multipliers(value: float, pair: tuple[int, int]) -> None:
    assert quantise_multiplier(value) == pair


@given(st.floats(2.0**-30, 2.0**20))
def test_multipliers_are_normalised_and_close(value: float) -> None:
    multiplier, shift = quantise_multiplier(value)
    assert 1 << 30 <= multiplier <= INT32_MAX
    assert multiplier * 2.0 ** (shift - 31) == pytest.approx(value, rel=2**-31)


def test_activation_ranges_follow_the_zero_point() -> None:
    assert activation_range("NONE", 0.1, 3) == (-128, 127)
    assert activation_range("RELU", 0.1, 3) == (3, 127)
    assert activation_range("RELU6", 0.1, 3) == (3, 63)
    assert activation_range("RELU_N1_TO_1", 0.1, 3) == (-7, 13)
    assert activation_range("RELU6", 6 / 255, -128) == (-128, 127)


def test_the_two_roundings_treat_halves_differently() -> None:
    assert [doubling_high_mul(x, 1 << 30) for x in (-3, -1, 1, 3)] == [-1, 0, 1, 2]
    assert [rounding_shift(x, 1) for x in (-3, -1, 1, 3)] == [-2, -1, 1, 2]


@given(st.integers(-(31 << 26), 0))
def test_exp_is_close_to_the_real_one(value: int) -> None:
    assert exp_on_negative(value) / 2**31 == pytest.approx(math.exp(value / 2**26), abs=3e-7)


def test_softmax_table_falls_from_one_and_ends_where_nothing_is_left() -> None:
    table = softmax_table(0.25, 1.0)
    assert table is not None
    assert table[0] == INT32_MAX
    assert table[4] / 2**31 == pytest.approx(math.exp(-1), abs=3e-7)
    assert table == sorted(table, reverse=True)
    assert len(table) == math.floor(math.log(2**20) / 0.25) + 1
    assert table[-1] >= 1 << 11


def test_softmax_scale_out_of_range_has_no_table() -> None:
    assert softmax_table(2.0**-27, 1.0) is None
    assert softmax_table(float("nan"), 1.0) is None
