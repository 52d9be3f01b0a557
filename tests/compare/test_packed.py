import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compare.packed import LINE, pack, unpack


@given(st.lists(st.one_of(st.integers(0, 2**52), st.none()), min_size=1, max_size=60))
def test_counts_come_back_as_they_were(values: list[int | None]) -> None:
    counts = np.array([np.nan if value is None else value for value in values], float)
    lines = pack(counts)
    assert lines is not None
    assert max(map(len, lines)) <= LINE
    np.testing.assert_array_equal(unpack(lines, len(counts)), counts)


def test_a_thousand_samples_take_some_hundred_characters() -> None:
    rng = np.random.default_rng(1)
    counts = 5_000_000.0 + rng.integers(0, 40, 1000)
    lines = pack(counts)
    assert lines is not None
    assert sum(map(len, lines)) < 1300
    same = pack(np.full(1000, 27_796.0))
    assert same is not None
    assert len(same) == 1


@pytest.mark.parametrize("counts", [[], [0.5], [-1.0], [1e300]])
def test_what_is_no_whole_count_is_not_packed(counts: list[float]) -> None:
    assert pack(np.array(counts, float)) is None


@pytest.mark.parametrize(("lines", "samples"), [(("??",), 3), (("bm9uZQ==",), 3), ((), 1)])
def test_damaged_lines_are_told(lines: tuple[str, ...], samples: int) -> None:
    with pytest.raises(ValueError, match="counts"):
        unpack(lines, samples)
    good = pack(np.arange(4.0))
    assert good is not None
    for wrong in (3, 5):
        with pytest.raises(ValueError, match=f"not those of {wrong} samples"):
            unpack(good, wrong)
