from __future__ import annotations

from harness.codegen.engine_constants import row_pitch


def test_a_row_is_padded_to_words_and_ends_with_scale_and_zero_point() -> None:
    assert [row_pitch(depth) for depth in (1, 4, 5, 8)] == [12, 12, 16, 16]
