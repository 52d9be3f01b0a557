"""Pruning by the gradient of the loss.

Molchanov et al., Pruning Convolutional Neural Networks for Resource Efficient Inference
(arXiv:1611.06440): |w · dL/dw| is, to first order, what the loss changes when w becomes zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from harness.pruning.unstructured import Unstructured

if TYPE_CHECKING:
    import numpy as np

    from harness.training.kernels import Kernel
    from harness.training.trainer import Trainer


class Gradient(Unstructured):
    """One-shot pruning by a criterion averaged over the batches of the training split.

    `criterion` "taylor" is |w · dL/dw|. "gradient" is |dL/dw|, which keeps what the loss would
    like to change, not what it needs.
    """

    method: Literal["gradient"]
    criterion: Literal["taylor", "gradient"] = "taylor"

    def scores(self, model: Any, kernels: tuple[Kernel, ...], trainer: Trainer) -> list[np.ndarray]:
        """The mean of each batch's absolute value: signed gradients of a trained model cancel."""
        import numpy as np

        weights = [kernel.variable.numpy() for kernel in kernels]
        totals = [np.zeros(weight.shape, np.float64) for weight in weights]
        variables = [kernel.variable for kernel in kernels]
        for gradients in trainer.batch_gradients(model, variables):
            for total, weight, gradient in zip(totals, weights, gradients, strict=True):
                total += np.abs(weight * gradient if self.criterion == "taylor" else gradient)
        return totals
