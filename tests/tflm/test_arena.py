"""The search for the smallest arena."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.tflm.arena import smallest_arena


@given(data=st.data(), used=st.integers(0, 100_000))
def test_it_finds_exactly_the_least_size_that_works(data: st.DataObject, used: int) -> None:
    least = used + data.draw(st.integers(0, 5_000))
    working = least + data.draw(st.integers(0, 4_000_000))
    tried: list[int] = []

    def works(size: int) -> bool:
        tried.append(size)
        return size >= least

    assert smallest_arena(used, working, works) == least
    # TFLM's constructors crash where not even what lasts has room.
    assert all(used <= size < working for size in tried)
    assert len(tried) <= 2 * (least - used + 2).bit_length()


def test_sizes_near_the_reported_use_are_tried_first() -> None:
    tried: list[int] = []

    def works(size: int) -> bool:
        tried.append(size)
        return size >= 105

    assert smallest_arena(100, 10_000, works) == 105
    assert tried == [100, 102, 106, 104, 105]


def test_an_arena_that_has_no_slack_is_tried_once() -> None:
    assert smallest_arena(100, 100, lambda _: False) == 100
    assert smallest_arena(100, 101, lambda size: size >= 101) == 101
