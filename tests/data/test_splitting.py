import re

import numpy as np
import pytest

from harness.data.dataset import Dataset
from harness.data.splitting import dataset_of, scaled, split
from harness.errors import DataError


def cut(y: np.ndarray, task: str = "classification", seed: int = 0) -> Dataset:
    x = np.arange(2 * len(y), dtype=np.float64).reshape(len(y), 2)
    return split("toy", x, y, task=task, validation=0.2, test=0.3, seed=seed)  # type: ignore[arg-type]


def rows(data: Dataset) -> list[set[int]]:
    return [{int(x[0]) // 2 for x in part.x} for part in (data.train, data.validation, data.test)]


def test_three_parts_without_overlap_that_keep_the_classes_shares() -> None:
    y = np.arange(100) % 5
    data = cut(y)
    parts = rows(data)
    assert [len(part) for part in parts] == [50, 20, 30]
    assert set.union(*parts) == set(range(100))
    assert data.classes == 5
    assert np.bincount(data.test.y).tolist() == [6] * 5
    assert rows(cut(y)) == parts
    assert rows(cut(y, seed=1)) != parts


def test_whole_numbers_kept_as_floats_are_classes() -> None:
    assert cut((np.arange(40) % 2).astype(np.float64)).test.y.dtype == np.int64


def test_anomalies_are_for_the_test() -> None:
    data = cut(np.array([0] * 50 + [1] * 10), "anomaly")
    assert (len(data.train.x), len(data.validation.x), len(data.test.x)) == (25, 10, 25)
    assert data.test.y.sum() == 10
    assert data.train.y.sum() == data.validation.y.sum() == 0
    assert data.outputs == (2,)
    assert data.goals(data.train) is data.train.x
    assert data.test.y[:15].sum() not in (0, 10)  # mixed: the first samples have both


def test_values_to_predict() -> None:
    data = cut(np.linspace(0, 1, 30), "regression")
    assert data.train.y.dtype == np.float32
    assert data.outputs == (1,)
    assert data.goals(data.train).shape == (15, 1)


@pytest.mark.parametrize(
    ("y", "task", "message"),
    [
        (np.array([0] * 9 + [1]), "classification", "10 samples cannot be split"),
        (np.full(20, 0.5), "classification", 'a regression: task = "regression"'),
        (np.arange(20) - 1, "classification", "the least label is -1; labels are counted from 0"),
        (np.array(["a"] * 20), "regression", "values to predict are <U1, not numbers"),
        (np.full(20, np.nan), "regression", "values to predict hold NaN"),
        (np.full(20, np.nan), "classification", "cannot be split: Input y contains NaN"),
        (np.array(["a", "b"] * 10), "classification", "labels are <U1, not whole numbers"),
        (np.zeros(20, int), "anomaly", "normal samples or anomalies are missing"),
        (np.arange(20) % 3, "anomaly", "labels from 0 to 2 with an anomaly task"),
        (np.zeros(3, int), "classification", "samples of shape (20, 2) with labels of shape (3,)"),
    ],
)
def test_labels_that_do_not_fit_the_task(y: np.ndarray, task: str, message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        split(
            "toy",
            np.ones((20 if len(y) != 10 else 10, 2)),
            y,
            task=task,  # type: ignore[arg-type]
            validation=0.2,
            test=0.3,
            seed=0,
        )


def test_parts_that_come_apart_already_keep_their_samples() -> None:
    x, y = np.ones((4, 2)), np.array([0, 1, 2, 0])
    data = dataset_of("toy", "classification", (x, y), (x, y), (x[:1], y[:1]))
    assert (data.classes, len(data.test.x)) == (3, 1)
    with pytest.raises(DataError, match=r"toy, train: 4 samples are anomalies"):
        dataset_of("toy", "anomaly", (x, y * 0 + 1), (x, y * 0), (x, y % 2))


@pytest.mark.parametrize("scaling", ["standard", "minmax"])
def test_only_the_training_part_decides_the_scale(scaling: str) -> None:
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.normal(50, 9, 40), rng.normal(-1, 0.1, 40), np.full(40, 3.0)])
    parts = [
        (x[rows], np.arange(len(x[rows])) % 2) for rows in (slice(20), slice(20, 30), slice(30, 40))
    ]
    data = scaled(dataset_of("toy", "classification", *parts), scaling)  # type: ignore[arg-type]
    assert (data.train.x[:, 2] == 0).all()
    if scaling == "standard":
        assert data.train.x[:, :2].mean(axis=0) == pytest.approx([0, 0], abs=1e-5)
        assert data.train.x[:, :2].std(axis=0) == pytest.approx([1, 1], rel=1e-5)
        expected = (x[30:, 0] - x[:20, 0].mean()) / x[:20, 0].std()
    else:
        assert data.train.x[:, :2].min(axis=0).tolist() == [0, 0]
        assert data.train.x[:, :2].max(axis=0).tolist() == [1, 1]
        expected = (x[30:, 0] - x[:20, 0].min()) / np.ptp(x[:20, 0])
    np.testing.assert_allclose(data.test.x[:, 0], expected, rtol=1e-5)
