"""Masks over kernels: which weights of a model stay, which are zero for good."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from harness.errors import TrainingError
from harness.training.kernels import Kernel, find_kernels
from harness.training.targets import Targets


@dataclass(frozen=True)
class WeightGroup:
    """Weights of which one has to stay, as indices into all weights in a row."""

    name: str
    indices: np.ndarray


def find_groups(kernels: Sequence[Kernel], shapes: Sequence[tuple[int, ...]]) -> list[WeightGroup]:
    """Every layer, and every unit of the last one: without a weight they are disconnected."""
    whole: dict[str, list[np.ndarray]] = {}
    units: list[WeightGroup] = []
    start = 0
    for kernel, shape in zip(kernels, shapes, strict=True):
        index = np.arange(start, start + int(np.prod(shape))).reshape(shape)
        start += index.size
        whole.setdefault(kernel.layer, []).append(index.ravel())
        if kernel.transposed:
            index, shape = np.swapaxes(index, -1, -2), (*shape[:-2], shape[-1], shape[-2])
        columns = index.reshape(-1, int(np.prod(shape[-kernel.unit_axes :]))).T
        units = [
            WeightGroup(f"layer '{kernel.layer}', unit {unit}", column)
            for unit, column in enumerate(columns)
        ]
    layers = [
        WeightGroup(f"layer '{name}'", np.concatenate(parts)) for name, parts in whole.items()
    ]
    return layers + units


def disconnected(model: Any) -> list[str]:
    """The groups of a Keras model whose weights are all zero."""
    kernels = find_kernels(model)
    weights = [kernel.variable.numpy() for kernel in kernels]
    flat = np.concatenate([array.ravel() for array in weights]) if weights else np.empty(0)
    groups = find_groups(kernels, [array.shape for array in weights])
    return [group.name for group in groups if not flat[group.indices].any()]


def choose_masks(
    kernels: Sequence[Kernel],
    scores: Sequence[np.ndarray],
    targets: Targets,
    *,
    on_disconnect: Literal["keep", "refuse"] = "keep",
    where: str = "",
) -> list[np.ndarray]:
    """Boolean masks, False at the lowest scores; one array a kernel, of its shape.

    The number of False is round(target · size), of each layer or over the global pool, to the
    weight. Ties fall to the earlier weight. Where that would leave a layer or a unit of the last
    layer without any weight, "refuse" raises TrainingError; "keep" keeps its highest score and
    prunes the next lowest elsewhere in the pool instead, so the number stays.
    """
    flat = np.concatenate([array.ravel() for array in scores]).astype(np.float64)
    owners = np.repeat([kernel.layer for kernel in kernels], [array.size for array in scores])
    groups = find_groups(kernels, [array.shape for array in scores])
    pools = [
        (sparsity, np.flatnonzero(np.isin(owners, layers)))
        for sparsity, layers in targets.pools([kernel.layer for kernel in kernels])
    ]
    protected: list[int] = []
    while True:
        mask = _threshold(flat, pools, protected)
        cut = [group for group in groups if not mask[group.indices].any()]
        if not cut:
            break
        if on_disconnect == "refuse":
            raise TrainingError(
                f"{cut[0].name} would be left without a weight",
                where=where,
                hint="lower its sparsity under 'layers', name the layer under 'exclude', or set "
                'on_disconnect = "keep"',
            )
        for group in cut:
            logging.getLogger(__name__).warning("%s: %s kept its best weight", where, group.name)
            protected.append(int(group.indices[flat[group.indices].argmax()]))
    ends = np.cumsum([array.size for array in scores])[:-1]
    parts = np.split(mask, ends)
    return [part.reshape(array.shape) for part, array in zip(parts, scores, strict=True)]


def _threshold(
    scores: np.ndarray, pools: Sequence[tuple[float, np.ndarray]], protected: Sequence[int]
) -> np.ndarray:
    """False at the lowest scores of each pool; never at `protected`, though fewer go then."""
    ranked = scores.copy()
    ranked[list(protected)] = np.inf
    mask = np.ones(len(scores), dtype=bool)
    for sparsity, pool in pools:
        spare = len(pool) - int(np.isin(pool, protected).sum())
        lowest = np.argsort(ranked[pool], kind="stable")
        mask[pool[lowest[: min(round(sparsity * len(pool)), spare)]]] = False
    return mask


class Masks:
    """The masks of one model's kernels, as TensorFlow variables that training respects."""

    def __init__(self, kernels: Sequence[Kernel]) -> None:
        import tensorflow as tf

        self.kernels = tuple(kernels)
        self._masks = [
            tf.Variable(tf.ones(kernel.variable.shape, tf.bool), trainable=False)
            for kernel in kernels
        ]

    def set(self, masks: Sequence[np.ndarray]) -> None:
        """Replace all masks, one boolean array a kernel, and zero what they prune."""
        for variable, mask in zip(self._masks, masks, strict=True):
            variable.assign(mask)
        self.apply()

    def apply(self) -> None:
        """Zero the pruned weights; callable inside a compiled function."""
        import tensorflow as tf

        for kernel, mask in zip(self.kernels, self._masks, strict=True):
            kernel.variable.assign(tf.where(mask, kernel.variable, 0.0))
