"""Block pruning: weights go several at a time, so that a kernel can skip them together.

Two patterns of tfmot's `prune_low_magnitude`, laid as the device kernels read (blocks.py). tfmot's
own would not do: its `block_size` (1, 4) runs along the outputs of a Dense kernel and refuses
convolutions. Its `sparsity_m_by_n` gives the same masks where n divides the input channels, but
none at all to a first convolution over one channel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from harness.pruning.method import Count, Unused
from harness.pruning.unstructured import Unstructured

if TYPE_CHECKING:
    import numpy as np

    from harness.training.kernels import Kernel
    from harness.training.targets import Targets

Width = Annotated[int, Field(strict=True, gt=1, le=256)]


class Block(Unstructured):
    """`block_size` (1, n): n weights in a row go together, those of the least mean |w| first.

    `sparsity` then counts blocks, to the block. `sparsity_m_by_n` (m, n), in its place: the m least
    of every n weights in a row go; `sparsity`, `scope` and `layers` mean nothing there. Depthwise
    kernels have one input a filter and tables of embeddings none, hence no blocks; those, kernels
    of transposed convolutions and kernels of attention that put out several heads stay dense.
    """

    method: Literal["block"]
    block_size: tuple[Literal[1], Width] = (1, 4)
    sparsity_m_by_n: tuple[Count, Width] | None = None

    @model_validator(mode="after")
    def _one_pattern(self) -> Self:
        if self.sparsity_m_by_n is not None:
            zeros, size = self.sparsity_m_by_n
            if zeros >= size:
                raise ValueError(f"sparsity_m_by_n [{zeros}, {size}] would leave no weight")
        return self

    @property
    def unused(self) -> Unused:
        """The parameters that `sparsity_m_by_n` replaces."""
        if self.sparsity_m_by_n is None:
            return Unused()
        keys = ("block_size", "sparsity", "scope", "layers")
        return Unused(keys, "with sparsity_m_by_n, which decides alone")

    @property
    def sparsity_target(self) -> float | None:
        """Fraction of blocks, or m / n."""
        if self.sparsity_m_by_n is None:
            return self.sparsity
        zeros, size = self.sparsity_m_by_n
        return zeros / size

    def every_kernel(self, model: Any) -> tuple[Kernel, ...]:
        """Those whose last axis alone counts outputs: neither depthwise nor transposed ones."""
        every = super().every_kernel(model)
        return tuple(
            kernel
            for kernel in every
            if kernel.unit_axes == 1 and not kernel.transposed and kernel.attribute != "embeddings"
        )

    def choose(
        self, kernels: tuple[Kernel, ...], scores: list[np.ndarray], targets: Targets
    ) -> list[np.ndarray]:
        """Masks, block by block."""
        from harness.training.blocks import block_means, fill_blocks, m_by_n_mask  # NumPy

        if self.sparsity_m_by_n is not None:
            return [m_by_n_mask(score, *self.sparsity_m_by_n) for score in scores]
        size = self.block_size[1]
        chosen = super().choose(kernels, [block_means(score, size) for score in scores], targets)
        return [
            fill_blocks(keep, size, score.shape) for keep, score in zip(chosen, scores, strict=True)
        ]
