"""Tango's test and Holm's correction against published figures, a direct maximisation, and exact
enumeration."""

from itertools import product
from math import ceil, comb, isinf, log, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from harness.measure.noninferiority import (
    NormalChange,
    Pairs,
    fewest_samples,
    holm,
    samples_needed,
)


@st.composite
def some_pairs(draw: st.DrawFn, most: int = 500) -> Pairs:
    n = draw(st.integers(1, most))
    gained = draw(st.integers(0, n))
    return Pairs(gained, draw(st.integers(0, n - gained)), n)


@pytest.mark.parametrize(
    ("gained", "lost", "n", "low", "high"),
    [  # Fagerland, Lydersen and Laake 2014, Statistics in Medicine 33:2850, table IV
        (1, 7, 21, -0.517, -0.026),
        (6, 16, 161, -0.124, -0.005),
        # Tango 1998, Statistics in Medicine 17:891: 44 patients, one of them discordant
        (0, 1, 44, -0.118, 0.059),
    ],
)
def test_tangos_interval_as_published(
    gained: int, lost: int, n: int, low: float, high: float
) -> None:
    assert round(-Pairs(gained, lost, n).limit(0.025), 3) == low
    assert round(Pairs(lost, gained, n).limit(0.025), 3) == high


@pytest.mark.parametrize(("alpha", "drop"), [(0.05, 0.021), (0.05 / 21, 0.037)])
def test_three_gained_and_five_lost_of_360_exclude_less_than_a_drop_of_two_points(
    alpha: float, drop: float
) -> None:
    assert Pairs(3, 5, 360).limit(alpha) == pytest.approx(drop, abs=5e-4)


@pytest.mark.parametrize(
    ("gained", "lost", "n", "margin"),
    [(3, 5, 360, 0.01), (0, 4, 120, 0.02), (7, 1, 50, 0.05), (20, 20, 200, 0.03)],
)
def test_the_statistic_is_the_score_at_the_constrained_maximum_of_the_likelihood(
    gained: int, lost: int, n: int, margin: float
) -> None:
    def negative(share: float) -> float:
        terms = [
            (gained, share - margin),
            (lost, share),
            (n - gained - lost, 1 - 2 * share + margin),
        ]
        return -sum(count * log(p) for count, p in terms if count)

    found = minimize_scalar(
        negative, bounds=(margin + 1e-12, (1 + margin) / 2 - 1e-12), method="bounded",
        options={"xatol": 1e-12},
    )  # fmt: skip
    variance = (2 * found.x - margin - margin**2) / n
    z = ((gained - lost) / n + margin) / sqrt(variance)
    assert Pairs(gained, lost, n).z(margin) == pytest.approx(z, rel=1e-4)


@given(st.integers(0, 200), st.integers(0, 200))
def test_without_a_margin_it_is_mcnemars_statistic(gained: int, lost: int) -> None:
    z = Pairs(gained, lost, 500).z(0.0)
    expected = (gained - lost) / sqrt(gained + lost) if gained + lost else 0.0
    assert z == pytest.approx(expected, abs=1e-9)


@given(some_pairs(), st.floats(0.0005, 0.4))
def test_the_limit_is_where_the_test_turns(pairs: Pairs, alpha: float) -> None:
    limit = pairs.limit(alpha)
    assert -pairs.change <= limit <= 1
    if limit < 1 - 1e-6:
        assert pairs.p(limit + 1e-7) <= alpha + 1e-6
    if limit - 1e-7 > -pairs.change:
        assert pairs.p(limit - 1e-7) > alpha - 1e-3


@given(some_pairs(), st.floats(0.001, 0.3), st.floats(0.0001, 0.3))
def test_a_wider_margin_and_a_bolder_level_are_shown_more_easily(
    pairs: Pairs, margin: float, more: float
) -> None:
    assert pairs.p(margin + more) <= pairs.p(margin) + 1e-12
    assert pairs.limit(0.01) >= pairs.limit(0.05)


@given(some_pairs(), st.floats(0.005, 0.2))
def test_a_sample_won_more_or_lost_less_never_weakens_the_evidence(
    pairs: Pairs, margin: float
) -> None:
    if pairs.lost:
        better = Pairs(pairs.gained, pairs.lost - 1, pairs.n)
        assert better.p(margin) <= pairs.p(margin) + 1e-9


def exact_size(n: int, gain: float, margin: float) -> float:
    """Probability that a candidate worse by `margin` passes at 5 %, over all outcomes of n."""
    loss, total = gain + margin, 0.0
    for gained, lost in product(range(n + 1), repeat=2):
        rest = n - gained - lost
        if rest >= 0 and Pairs(gained, lost, n).p(margin) <= 0.05:
            ways = comb(n, gained) * comb(n - gained, lost)
            total += ways * gain**gained * loss**lost * (1 - gain - loss) ** rest
    return total


@pytest.mark.parametrize("n", [30, 60])
@pytest.mark.parametrize("gain", [0.02, 0.05, 0.1])
def test_the_size_by_exact_enumeration_stays_near_five_per_cent(n: int, gain: float) -> None:
    assert exact_size(n, gain, 0.1) < 0.065


def test_the_size_on_360_samples_and_one_point() -> None:
    rng = np.random.default_rng(4)
    for gain in (0.005, 0.01, 0.03):
        drawn = rng.multinomial(360, [gain, gain + 0.01, 1 - 2 * gain - 0.01], 4000)
        passed = np.mean([Pairs(int(b), int(c), 360).p(0.01) <= 0.05 for b, c, _ in drawn])
        assert passed < 0.06


@pytest.mark.parametrize("counts", [(-1, 0, 5), (0, -1, 5), (3, 3, 5), (0, 0, 0)])
def test_impossible_counts_are_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="is impossible"):
        Pairs(*counts)


def test_pairs_count_what_only_one_got_right() -> None:
    mine = np.array([True, True, False, False, True])
    other = np.array([True, False, True, True, True])
    assert Pairs.of(mine, other) == Pairs(1, 2, 5)
    assert Pairs(1, 2, 5).change == pytest.approx(-0.2)
    assert Pairs(1, 2, 5).discordant == pytest.approx(0.6)


def test_below_268_samples_one_point_cannot_be_shown_at_all() -> None:
    assert fewest_samples(0.01) == 268
    assert Pairs(0, 0, 267).p(0.01) > 0.05 >= Pairs(0, 0, 268).p(0.01)
    many = fewest_samples(0.01, 0.05 / 12)
    assert Pairs(0, 0, many - 1).p(0.01) > 0.05 / 12 >= Pairs(0, 0, many).p(0.01)


@pytest.mark.parametrize(
    ("churn", "drop", "alpha"),
    [(0.005, 0, 0.05), (0.01, 0, 0.05), (0.03, 0.004, 0.05), (0.01, 0, 0.05 / 12)],
)
def test_the_power_with_the_samples_needed_is_80_per_cent(
    churn: float, drop: float, alpha: float
) -> None:
    rng = np.random.default_rng(9)
    n = samples_needed(churn, drop, 0.01, alpha)
    assert n is not None
    drawn = rng.multinomial(n, [churn / 2, churn / 2 + drop, 1 - churn - drop], 4000)
    power = np.mean([Pairs(int(b), int(c), n).p(0.01) <= alpha for b, c, _ in drawn])
    assert 0.79 < power < 0.85


def test_samples_needed_by_hand() -> None:
    """q of gain = loss = 0.005 and one point: (0.03 + sqrt(0.0009 - 8 * 5.05e-5)) / 4."""
    q = (0.03 + sqrt(0.0009 - 8 * 5.05e-5)) / 4
    root = (1.64485 * sqrt(2 * q - 0.0101) + 0.84162 * sqrt(0.01)) / 0.01
    assert samples_needed(0.01, 0.0, 0.01) == ceil(root**2) == 856
    assert samples_needed(0.0, 0.0, 0.01) == fewest_samples(0.01)


def test_no_number_of_samples_shows_a_margin_that_the_drop_exceeds() -> None:
    assert samples_needed(0.01, 0.01, 0.01) is None
    assert Pairs(0, 20, 1000).needed(0.01, 0.05) is None
    assert Pairs(3, 5, 360).needed(0.01, 0.05) == samples_needed(6 / 360, 2 / 360, 0.01)


@given(st.floats(0.001, 0.1), st.integers(100, 10_000))
def test_the_least_visible_margin_takes_all_the_samples(share: float, n: int) -> None:
    half = round(share * n / 2)
    pairs = Pairs(half, half, n)
    needed = samples_needed(pairs.discordant, 0.0, pairs.visible(0.05))
    assert needed is not None
    assert abs(needed - n) <= 1


def test_without_a_discordant_pair_the_number_of_samples_limits_the_margin() -> None:
    none = Pairs(0, 0, 300).visible(0.05)
    assert Pairs(0, 0, 300).p(none) == pytest.approx(0.05)


def holm_by_definition(p_values: list[float], alpha: float) -> list[bool]:
    """Reject where the step-down adjusted p value, the running maximum, is at most alpha."""
    order, highest = sorted(p_values), 0.0
    adjusted = {}
    for rank, p in enumerate(order):
        highest = max(highest, (len(order) - rank) * p)
        adjusted.setdefault(p, highest)
    return [adjusted[p] <= alpha for p in p_values]


def test_holm_by_hand() -> None:  # 0.05 / 4, / 3, / 2 and no further
    assert holm([0.01, 0.04, 0.03, 0.005]) == [True, False, False, True]
    assert holm([0.02, 0.02]) == [True, True]
    assert holm([0.03, 0.03]) == [False, False]
    assert holm([]) == []


@given(st.lists(st.sampled_from([0.001, 0.004, 0.0124, 0.016, 0.024, 0.03, 0.2, 1.0]), max_size=8))
def test_holm_is_the_step_down_rule_whatever_the_order(p_values: list[float]) -> None:
    assert holm(p_values) == holm_by_definition(p_values, 0.05)
    assert holm(p_values[::-1]) == holm(p_values)[::-1]
    assert all(p <= 0.05 for p, passed in zip(p_values, holm(p_values), strict=True) if passed)


def test_holm_errs_in_one_of_twenty_families_at_most() -> None:
    rng = np.random.default_rng(2)
    wrong = [any(holm(list(rng.uniform(size=12)))) for _ in range(4000)]
    assert np.mean(wrong) < 0.06


def test_a_normal_change_is_tested_by_its_standard_error() -> None:
    change = NormalChange(n=200, change=-0.004, se=0.003)
    assert change.p(0.01) == pytest.approx(1 - NormalDist().cdf(2))
    assert change.limit(0.05) == pytest.approx(0.004 + 1.6449 * 0.003, rel=1e-4)
    assert change.visible(0.05) == pytest.approx(2.4865 * 0.003, rel=1e-4)
    assert change.needed(0.01, 0.05) == 310  # 200 * (2.4865 * 0.003 / 0.006)**2
    assert NormalChange(200, -0.02, 0.003).needed(0.01, 0.05) is None
    unknown = NormalChange(4, 0.0, float("nan"))
    assert unknown.p(0.01) == 1
    assert isinf(unknown.limit(0.05))
    assert unknown.needed(0.01, 0.05) is None
