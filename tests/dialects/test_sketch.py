from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from harness.dialects.sketch import SketchReader, SketchResult

TEXT = (
    b"0.00,0.05,0.95\nPredicted class is: 2\r\nSanity check: 2\r\n - Time (ms): 4.00\r\n"
    b"0.90,0.05,nan\nPredicted class is: 0\nSanity check: 1\n - Time (ms): 5\n"
)


def test_a_result_is_read() -> None:
    assert SketchReader().feed(TEXT)[0] == SketchResult((0.0, 0.05, 0.95), 2, 2, 4.0)


@given(st.lists(st.integers(0, len(TEXT)), max_size=12))
def test_results_do_not_depend_on_how_the_bytes_come(cuts: list[int]) -> None:
    reader, found = SketchReader(), []
    ends = [0, *sorted(cuts), len(TEXT)]
    for start, end in pairwise(ends):
        found += reader.feed(TEXT[start:end])
    assert [(each.predicted, each.sanity, each.time_ms) for each in found] == [
        (2, 2, 4.0),
        (0, 1, 5.0),
    ]


def test_a_text_heard_from_the_middle_begins_with_the_next_result() -> None:
    reader = SketchReader()
    assert [each.predicted for each in reader.feed(TEXT[30:] + TEXT)] == [0, 2, 0]
    assert reader.feed(b" - Time (ms): 3.00\n") == []


@given(st.binary(max_size=300))
def test_noise_is_no_result(noise: bytes) -> None:
    reader = SketchReader()
    reader.feed(noise)
    assert reader.feed(b"\n" + TEXT)[-1].predicted == 0


def test_what_a_result_contradicts() -> None:
    assert SketchResult((0.1, 0.9), 1, 1, 1.0).consistent
    assert SketchResult((0.5, 0.5), 0, 0, 1.0).consistent  # two decimals: a tie
    assert not SketchResult((0.1, 0.9), 0, 0, 1.0).consistent
    assert not SketchResult((0.1, 0.9), 1, 0, 1.0).consistent
    assert not SketchResult((float("nan"), 0.9), 1, 1, 1.0).consistent
    assert not SketchResult((0.1, 0.9), 7, 7, 1.0).consistent


def test_an_error_of_the_sketch_is_kept() -> None:
    reader = SketchReader()
    assert reader.feed(b"ERROR: arena too small\n") == []
    assert (reader.error, reader.ignored) == ("arena too small", 0)
    reader.feed(b"hello\n")
    assert reader.ignored == 1


def test_numbers_and_lines_longer_than_any_are_noise() -> None:
    reader = SketchReader()
    digits = b"9" * 5000
    for line in (b"Predicted class is: " + digits, b"0.1," + digits, b" - Time (ms): " + digits):
        assert reader.feed(line + b"\n") == []
        assert reader.feed(line) == []
        assert reader.feed(b"\n") == []
    assert reader.ignored == 6
    assert reader.feed(b"ERROR: " + b"x" * 4000 + b"\n") == []
    assert len(reader.error) == 200
    assert len(reader.feed(TEXT)) == 2
