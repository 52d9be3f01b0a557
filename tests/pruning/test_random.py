"""Random scores."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from harness.pruning.random import Random
from harness.training.kernels import Kernel


def test_random_masks_depend_on_the_seed_only() -> None:
    method = Random(name="a", method="random")
    kernel = (Kernel("hidden", "kernel", SimpleNamespace(shape=(9, 4)), 1),)

    def drawn(seed: int) -> list[float]:
        trainer: Any = SimpleNamespace(seed=seed)
        return method.scores(None, kernel, trainer)[0].ravel().tolist()

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
