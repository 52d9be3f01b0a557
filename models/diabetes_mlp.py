"""Progress of diabetes after a year from 10 measurements: scikit-learn's data (Efron, 2004)."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.data.dataset import Dataset
from harness.data.splitting import scaled, split

SPLIT_SEED = 42


def dataset() -> Dataset:
    """442 patients, 10 standardised features; the score to predict is divided by 100."""
    from sklearn.datasets import load_diabetes

    found = load_diabetes(scaled=False)
    parts = split(
        "scikit-learn diabetes",
        found.data,
        (found.target / 100).astype(np.float32),
        task="regression",
        validation=0.2,
        test=0.3,
        seed=SPLIT_SEED,
    )
    return scaled(parts, "standard")


def build() -> Any:
    """10 → Dense(32) → Dense(16) → Dense(1); 848 MACs."""
    import tf_keras as keras

    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((10,), name="features"),
            layers.Dense(32, activation="relu", name="hidden_1"),
            layers.Dense(16, activation="relu", name="hidden_2"),
            layers.Dense(1, name="progression"),
        ],
        name="diabetes_mlp",
    )
