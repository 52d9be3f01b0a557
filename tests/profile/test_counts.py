from pathlib import Path

import pytest

from harness.errors import TargetError
from harness.profile.counts import Count, difference, read_counts


def test_sets_end_with_a_line_and_what_is_cut_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "counts"
    path.write_text("400 3 1\n402 2 0\nend\n400 5 2\nend\n404 1 0\n")
    assert read_counts(path) == [
        {0x400: Count(3, 1), 0x402: Count(2, 0)},
        {0x400: Count(5, 2)},
    ]
    with pytest.raises(TargetError, match="counted nothing"):
        read_counts(tmp_path / "none")


def test_what_later_counts_have_more() -> None:
    later = {1: Count(5, 2), 2: Count(1, 0)}
    assert difference(later, {1: Count(3, 2), 9: Count(4, 4)}) == {1: Count(2, 0), 2: Count(1, 0)}
