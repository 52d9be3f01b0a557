import numpy as np
import pytest

from harness.data.dataset import Dataset, Split
from harness.errors import DataError


def split(x: object = None, y: object = None) -> Split:
    return Split(
        np.zeros((4, 2, 2, 1), np.float32) if x is None else np.asarray(x),
        np.array([0, 1, 2, 0]) if y is None else np.asarray(y),
    )


def dataset(**parts: Split) -> Dataset:
    whole = {"train": split(), "validation": split(), "test": split()} | parts
    return Dataset(name="toy", classes=3, **whole)


NAN = np.array([[np.nan, 0], [0, 0], [np.inf, 1]], np.float32)


@pytest.mark.parametrize(
    ("part", "broken", "message"),
    [
        ("test", split(y=[0, 1, 2]), r"toy, test: 4 samples but labels of shape \(3,\)"),
        ("test", split(y=[0, 1, 2, 3]), r"labels from 0 to 3 with 3 classes"),
        ("train", split(y=[0, -1, 2, 1]), r"labels from -1 to 2"),
        ("train", split(y=[0.0, 1.0, 2.0, 1.0]), r"labels are float64"),
        ("train", split(x=np.zeros((4, 2))), r"samples are float64, not float32"),
        ("train", Split(NAN, np.array([0, 1, 2])), r"toy, train: 2 samples hold NaN or infinity"),
        ("test", split(x=np.zeros((4, 3), np.float32)), r"samples of shape \(3,\), in train"),
        ("validation", split(x=np.zeros((0, 2)), y=[]), r"toy, validation: there are no samples"),
    ],
)
def test_what_cannot_be_trained_on_is_refused(part: str, broken: Split, message: str) -> None:
    with pytest.raises(DataError, match=message):
        dataset(**{part: broken})


def test_a_sound_data_set_is_taken() -> None:
    assert dataset().classes == 3


def test_the_digest_is_of_the_values() -> None:
    same = split(y=np.array([0, 1, 2, 0], np.int32))
    assert dataset(test=same).digest == dataset().digest
    swapped = dataset(train=split(y=[1, 0, 2, 0]))
    brighter = dataset(test=split(x=np.ones((4, 2, 2, 1), np.float32)))
    assert len({dataset().digest, swapped.digest, brighter.digest}) == 3


def test_test_samples_that_are_trained_on_are_counted() -> None:
    x = np.arange(16, dtype=np.float32).reshape(4, 2, 2, 1)
    assert dataset(train=split(x=x), test=split(x=x + 100)).seen == 0
    assert (
        dataset(train=split(x=x), test=split(x=np.concatenate([x[:1], x[1:] + 100]))).seen == 0.25
    )
    assert dataset(train=split(x=x), test=split(x=x[::-1])).seen == 1
