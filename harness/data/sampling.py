"""A stratified sample of a split."""

from __future__ import annotations

import numpy as np


def draw(labels: np.ndarray, task: str, count: int, seed: int) -> np.ndarray:
    """Return rows (count,) of a split with `labels` (N, ...), rising; all where there are no more.

    Classes, and normal samples and anomalies, keep their shares to one sample, and each has one
    where `count` allows it. Values of a regression and rows of labels are drawn at random. The same
    `seed` draws the same rows.
    """
    if count >= len(labels):
        return np.arange(len(labels))
    generator = np.random.default_rng(seed)
    if task == "regression" or labels.ndim > 1:
        return np.sort(generator.permutation(len(labels))[:count])
    _, classes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    wanted = _shares(sizes, count)
    rows = [
        generator.permutation(np.flatnonzero(classes == place))[:number]
        for place, number in enumerate(wanted)
    ]
    return np.sort(np.concatenate(rows))


def _shares(sizes: np.ndarray, count: int) -> np.ndarray:
    """Return the samples per class, one each if possible, by largest remainder."""
    first = np.ones_like(sizes) if count >= len(sizes) else np.zeros_like(sizes)
    exact = (sizes - first) * (count - first.sum()) / max(1, (sizes - first).sum())
    found: np.ndarray = first + np.floor(exact).astype(np.int64)
    left = count - int(found.sum())
    found[np.argsort(np.floor(exact) - exact, kind="stable")[:left]] += 1
    return found
