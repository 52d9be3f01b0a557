"""The choice over figures made up here, and over right and wrong answers drawn by chance."""

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.measure.noninferiority import Pairs
from harness.report.decision import Candidate, Decision, decide

N = 4000


def candidate(
    row: int, latency: float, gained: int = 0, lost: int = 0, *, flash: float = 100,
    answers: str = "", trouble: str = "", n: int = N,
) -> Candidate:  # fmt: skip
    against = None if row == 0 else Pairs(gained, lost, n)
    return Candidate(row, latency, flash, answers or f"answers {row}", against, trouble)


def choose(*others: Candidate, original: float = 1000, same_speed: float = 0.02,
           worse_p: float = 1.0, tolerance: float = 0.01) -> Decision:  # fmt: skip
    first = candidate(0, original)
    return decide([first, *others], first, tolerance, same_speed, lambda *_: worse_p)


def test_the_fastest_that_is_shown_is_shipped() -> None:
    found = choose(candidate(1, 500, 5, 5), candidate(2, 300, 5, 10), candidate(3, 100, 0, 200))
    assert (found.choice.row, found.shown, found.models) == (2, True, 3)
    assert found.level == pytest.approx(0.05 / 3)


def test_what_is_within_a_point_and_not_shown_is_a_candidate() -> None:
    found = choose(candidate(1, 500, 3, 5, n=360))
    assert (found.choice.row, found.shown) == (1, False)
    assert choose(candidate(1, 500, 0, 3, n=300)).choice.row == 1  # just one point
    assert choose(candidate(1, 500, 0, 4, n=300)).choice.row == 0


def test_the_original_is_shipped_where_nothing_faster_is_as_good() -> None:
    found = choose(candidate(1, 1500, 0, 0), candidate(2, 500, 0, 400))
    assert (found.choice.row, found.shown) == (0, True)


def test_a_shown_model_comes_before_a_faster_one_that_is_not() -> None:
    found = choose(candidate(1, 500, 5, 5), candidate(2, 300, 60, 90))
    assert (found.choice.row, found.shown) == (1, True)
    assert found.faster is not None
    assert found.faster.row == 2
    assert choose(candidate(1, 500, 5, 5), candidate(2, 300, 0, 400)).faster is None


def test_cells_of_one_model_count_once() -> None:
    one = [candidate(row, 500 + row, 10, 20, answers="same") for row in range(1, 13)]
    found = choose(*one)
    assert (found.models, found.choice.row, found.shown) == (1, 1, True)
    many = [candidate(row, 500 + row, 22, 40) for row in range(1, 41)]
    assert not choose(*many).shown
    assert choose(many[0]).shown  # alone it would be


def test_equal_speed_goes_to_the_better_one_then_to_the_smaller_one() -> None:
    near = [candidate(1, 500.0, 5, 9), candidate(2, 499.9, 5, 30, flash=300)]
    assert choose(*near).choice.row == 1
    small = candidate(3, 501.0, 5, 9, flash=90)
    unknown = candidate(4, 499.5, 5, 9, flash=inf)
    assert choose(*near, small, unknown).choice.row == 3
    assert choose(*near, same_speed=0.0).choice.row == 2


def test_what_is_in_trouble_is_no_choice_but_counts_among_the_models() -> None:
    found = choose(candidate(1, 500, 5, 5), candidate(2, 100, 9, 0, trouble="constant"))
    assert (found.choice.row, found.models) == (1, 2)


def test_a_choice_that_beats_a_better_model_by_speed_alone_is_not_shipped() -> None:
    fast, better = candidate(1, 500, 5, 12), candidate(2, 600, 30, 2)
    found = choose(fast, better, worse_p=0.001)
    assert (found.choice.row, found.shown) == (1, False)
    assert found.rival is not None
    assert found.rival.row == 2
    assert choose(fast, better, worse_p=0.2).shown
    larger = candidate(2, 600, 30, 2, flash=120)
    assert choose(fast, larger, worse_p=0.001).shown
    assert choose(fast, candidate(2, 505, 30, 2), worse_p=0.001).choice.row == 2


@given(
    st.lists(
        st.tuples(st.floats(1, 2000), st.integers(0, 40), st.integers(0, 60), st.booleans()),
        max_size=8,
    )
)
def test_what_is_shipped_passes_its_own_test_and_is_sound(
    drawn: list[tuple[float, int, int, bool]],
) -> None:
    others = [
        candidate(row, latency, gained, lost, trouble="odd" if odd else "")
        for row, (latency, gained, lost, odd) in enumerate(drawn, 1)
    ]
    found = choose(*others)
    assert not found.choice.trouble
    assert found.choice.change >= -0.01 - 1e-9
    if found.shown and found.choice.against is not None:
        assert found.choice.against.p(0.01) <= 0.05
    if not found.shown:
        assert found.choice.against is not None
        assert found.choice.latency < 1000 * 1.02


def test_twelve_models_that_are_all_too_bad_are_rarely_shipped() -> None:
    """Each truly 1 point worse and one change in 25 samples; the fastest is shipped by chance."""
    rng, wrong = np.random.default_rng(1), 0
    for _ in range(300):
        before = rng.random(1000) < 0.95
        others = []
        for row in range(1, 13):
            lost = before & (rng.random(1000) < 0.025 / 0.95)
            gained = ~before & (rng.random(1000) < 0.015 / 0.05)
            right = (before & ~lost) | gained
            others.append(
                Candidate(row, 1000 - 50 * row, 100, right.tobytes().hex(), Pairs.of(right, before))
            )
        first = candidate(0, 1000)
        found = decide([first, *others], first, 0.01, 0.02, lambda *_: 1.0)
        wrong += found.shown and found.choice is not first
    assert wrong / 300 <= 0.06
