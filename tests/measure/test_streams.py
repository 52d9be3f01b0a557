import numpy as np
import pytest

from harness.measure.streams import INDEPENDENT, Stream

OUTPUTS = np.array([[1, 9], [5, 2], [3, 4], [-7, 0], [-8, 1], [-9, 1]], np.int8)  # 2 x 3 frames


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        ("last", [[3, 4], [-9, 1]]),
        ("max", [[5, 9], [-7, 1]]),
        ("mean", [[3.0, 5.0], [-8.0, 2 / 3]]),
    ],
)
def test_frames_of_a_sample_have_one_output(score: str, expected: list[list[float]]) -> None:
    pooled = Stream(3, score).pooled(OUTPUTS)  # type: ignore[arg-type]
    np.testing.assert_allclose(pooled, expected)


def test_independent_samples_stay_as_they_are() -> None:
    assert INDEPENDENT.pooled(OUTPUTS) is OUTPUTS
    assert INDEPENDENT.samples(np.array([2, 5])).tolist() == [2, 5]


def test_samples_are_those_of_whole_sequences() -> None:
    assert Stream(3).samples(np.array([0, 1, 2, 6, 7, 8])).tolist() == [0, 2]


def test_a_sample_that_is_not_whole_has_no_output() -> None:
    with pytest.raises(ValueError, match="reshape"):
        Stream(4).pooled(OUTPUTS)


def test_the_record_gives_the_stream_back() -> None:
    stream = Stream(7, "max")
    assert Stream.of_record(stream.record) == stream
    assert stream.words == "sequences of 7 frames, scored by the max of all outputs"
    for strange in (None, {}, {"frames": 0, "score": "last"}, {"frames": 2, "score": "least"}):
        assert Stream.of_record(strange) == INDEPENDENT
