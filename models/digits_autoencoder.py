"""An autoencoder that knows the digits 0 to 7; 8 and 9 are the anomalies.

The dense autoencoder of MLPerf Tiny's anomaly detection (Banbury et al., arXiv:2106.07597), scaled
down to 64 pixels.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.data.dataset import Dataset, Split
from models import digits

LAST_NORMAL = 7


def dataset() -> Dataset:
    """Digits as rows of 64 pixels: 0 to 7 to learn and tune by, all of them to test with."""
    found = digits.dataset()

    def part(split: Split, *, normal_only: bool) -> Split:
        anomalous = (split.y > LAST_NORMAL).astype(split.y.dtype)
        kept = anomalous == 0 if normal_only else anomalous >= 0
        return Split(split.x.reshape(-1, 64)[kept], anomalous[kept])

    return replace(
        found,
        name="scikit-learn digits, 8 and 9 anomalous",
        task="anomaly",
        classes=0,
        train=part(found.train, normal_only=True),
        validation=part(found.validation, normal_only=True),
        test=part(found.test, normal_only=False),
    )


def build() -> Any:
    """64 → 48 → 12 → 48 → 64, ReLU inside, linear at the end; 7,296 MACs."""
    import tf_keras as keras

    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((64,), name="pixels"),
            layers.Dense(48, activation="relu", name="encode"),
            layers.Dense(12, activation="relu", name="code"),
            layers.Dense(48, activation="relu", name="decode"),
            layers.Dense(64, name="reconstruction"),
        ],
        name="digits_autoencoder",
    )
