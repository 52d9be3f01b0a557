"""Random pruning: the baseline of every criterion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from harness.pruning.unstructured import Unstructured

if TYPE_CHECKING:
    import numpy as np

    from harness.training.kernels import Kernel
    from harness.training.trainer import Trainer


class Random(Unstructured):
    """Weights drawn by the plan's seed are zeroed; they stay zero while the others retrain."""

    method: Literal["random"]

    def scores(self, model: Any, kernels: tuple[Kernel, ...], trainer: Trainer) -> list[np.ndarray]:
        """Uniform random numbers."""
        import numpy as np

        generator = np.random.default_rng(trainer.seed)
        return [generator.random(kernel.variable.shape) for kernel in kernels]
