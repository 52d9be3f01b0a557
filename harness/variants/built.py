"""A plan's built variants and their facts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class BuiltVariant:
    """A variant of the plan's first seed; `files`: dtype → `.tflite`.

    `keras_predictions`: answers to the test split (measure/score.py). `kept_epochs`: of each
    training after another, the epoch of `history` whose weights were kept, from 1. `seed_scores`:
    of the float32 Keras model of each seed on the test split; `validation_scores`: on the
    validation split, None where the metric is unknown there. By layer with kernels:
    `layer_targets` what was asked for, None where nothing was; `layer_sparsity` zeros;
    `layer_parameters` weights of the kernels. `threshold`: of sigmoid outputs. A .tflite file has
    no Keras model.
    """

    name: str
    method: str
    sparsity_target: float | None
    sparsity: float
    layer_targets: dict[str, float | None]
    layer_sparsity: dict[str, float]
    layer_parameters: dict[str, int]
    parameters: int
    nonzero_parameters: int
    keras_score: float | None
    keras_predictions: np.ndarray | None
    files: dict[str, Path]
    history: dict[str, list[float]]
    kept_epochs: list[int]
    seed_scores: dict[int, float]
    validation_scores: dict[int, float | None]
    threshold: float | None = None


@dataclass(frozen=True)
class Built:
    """A plan's variants in its order, and test and validation split (N, ...) float32 with labels.

    `from_cache`: nothing was trained or converted for this answer. `seen`: fraction of the test
    samples that are training samples, too.
    """

    dataset: str
    dataset_digest: str
    task: str
    classes: int
    class_names: tuple[str, ...]
    test_x: np.ndarray
    test_y: np.ndarray
    validation_x: np.ndarray
    validation_y: np.ndarray
    variants: tuple[BuiltVariant, ...]
    from_cache: bool
    seen: float = 0.0
