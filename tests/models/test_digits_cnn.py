import numpy as np

from models.digits_cnn import dataset


def test_three_stratified_parts_that_share_no_sample() -> None:
    data = dataset()
    parts = [data.train, data.validation, data.test]
    assert [len(part.x) for part in parts] == [1077, 360, 360]
    assert data.train.x.shape[1:] == (8, 8, 1)
    assert data.train.x.min() == 0
    assert data.train.x.max() == 1
    whole = np.concatenate([part.y for part in parts])
    for part in parts:
        share = np.bincount(part.y, minlength=10) / len(part.y)
        assert np.abs(share - np.bincount(whole) / len(whole)).max() < 0.003
    everything = np.concatenate([part.x.reshape(len(part.x), -1) for part in parts])
    assert len(everything) == 1797


def test_the_same_split_every_time() -> None:
    first, again = dataset(), dataset()
    assert (first.test.x == again.test.x).all()
    assert first.test.y[:12].tolist() == again.test.y[:12].tolist()
