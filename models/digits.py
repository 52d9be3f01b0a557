"""scikit-learn's handwritten digits (8x8 pixels, 10 classes): the samples of several models."""

from __future__ import annotations

import numpy as np

from harness.data.dataset import Dataset, Split

SPLIT_SEED = 42


def dataset() -> Dataset:
    """1,797 digits scaled to [0, 1], split 1077/360/360 so that every class keeps its share."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    x = (digits.images / 16.0).astype(np.float32)[..., np.newaxis]
    y = digits.target.astype(np.int64)
    rest_x, test_x, rest_y, test_y = train_test_split(
        x, y, test_size=360, stratify=y, random_state=SPLIT_SEED
    )
    train_x, val_x, train_y, val_y = train_test_split(
        rest_x, rest_y, test_size=360, stratify=rest_y, random_state=SPLIT_SEED
    )
    return Dataset(
        name="scikit-learn digits",
        classes=10,
        train=Split(train_x, train_y),
        validation=Split(val_x, val_y),
        test=Split(test_x, test_y),
    )
