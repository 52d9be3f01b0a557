"""Benign or malignant from 30 measurements: scikit-learn's breast cancer data (Wisconsin, 1995)."""

from __future__ import annotations

from typing import Any

from harness.data.dataset import Dataset
from harness.data.splitting import scaled, split

SPLIT_SEED = 42


def dataset() -> Dataset:
    """569 samples of 30 features, standardised by the training part; 0 malignant, 1 benign."""
    from sklearn.datasets import load_breast_cancer

    found = load_breast_cancer()
    parts = split(
        "scikit-learn breast cancer",
        found.data,
        found.target,
        task="classification",
        validation=0.2,
        test=0.3,
        seed=SPLIT_SEED,
    )
    return scaled(parts, "standard")


def build() -> Any:
    """30 → Dense(32) → Dense(16) → Dense(2, softmax); 1,504 MACs."""
    import tf_keras as keras

    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((30,), name="features"),
            layers.Dense(32, activation="relu", name="hidden_1"),
            layers.Dense(16, activation="relu", name="hidden_2"),
            layers.Dense(2, activation="softmax", name="diagnosis"),
        ],
        name="breast_cancer_mlp",
    )
