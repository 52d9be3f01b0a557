"""Magnitude pruning with tfmot: the smallest weights go, more of them step by step.

Zhu and Gupta, To prune, or not to prune (arXiv:1710.01878): sparsity rises along a polynomial from
`begin_step` to `end_step` while the model trains on.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from harness.errors import TrainingError
from harness.pruning.masked import Masked
from harness.pruning.method import Count, Fraction, NonNegative, Unused
from harness.pruning.unstructured import magnitudes
from harness.training.targets import Targets

if TYPE_CHECKING:
    from harness.training.kernels import Kernel
    from harness.training.trainer import Trainer

SCHEDULE = (
    *("schedule", "initial_sparsity", "final_sparsity"),
    *("begin_step", "end_step", "frequency", "power"),
)


class Magnitude(Masked):
    """tfmot's `prune_low_magnitude` over the layers that it can prune, fine-tuned and stripped.

    Steps are training batches; masks change every `frequency` steps from `begin_step` on, for the
    last time at `end_step`. Unset, that is halfway, so that the rest trains under the final mask;
    then `frequency` is at most half of the steps, so that short trainings prune too.
    With `scope` "global" each layer ends at its share of the weights below the base model's
    threshold. `epsilon` turns the schedule off: all weights with |w| < epsilon go at once.
    """

    swept: ClassVar[str | None] = "final_sparsity"

    method: Literal["magnitude"]
    schedule: Literal["polynomial", "constant"] = "polynomial"
    initial_sparsity: Fraction = 0.0
    final_sparsity: Fraction = Field(default=0.8, gt=0)
    begin_step: NonNegative = 0
    end_step: Count | None = None
    frequency: Count = 20
    power: float = Field(default=3.0, strict=True, gt=0, le=100)
    epsilon: float | None = Field(default=None, strict=True, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.epsilon is not None:
            return self
        if self.initial_sparsity > self.final_sparsity:
            raise ValueError(
                f"initial_sparsity {self.initial_sparsity} is above "
                f"final_sparsity {self.final_sparsity}"
            )
        if self.schedule == "constant" and self.initial_sparsity:
            raise ValueError('initial_sparsity means nothing with schedule = "constant"')
        if self.end_step is not None and self.end_step <= self.begin_step:
            raise ValueError(f"end_step {self.end_step} is not after begin_step {self.begin_step}")
        if self.end_step is not None and (self.end_step - self.begin_step) % self.frequency:
            raise ValueError(
                f"end_step - begin_step = {self.end_step - self.begin_step} is no multiple of "
                f"frequency {self.frequency}: the final sparsity would never be reached"
            )
        return self

    @property
    def unused(self) -> Unused:
        """The parameters that `epsilon` replaces."""
        if self.epsilon is None:
            return Unused()
        return Unused((*SCHEDULE, "scope", "layers"), "with epsilon, which decides alone")

    @property
    def sparsity_target(self) -> float | None:
        """The final sparsity of layers without a target of their own; epsilon asks for none."""
        return self.final_sparsity if self.epsilon is None else None

    def every_kernel(self, model: Any) -> tuple[Kernel, ...]:
        """Those that tfmot prunes; `epsilon` needs no tfmot and takes all."""
        every = super().every_kernel(model)
        if self.epsilon is not None:
            return every
        from harness.pruning.tfmot_pruning import prunable_by_tfmot  # NumPy

        prunable = prunable_by_tfmot(model)
        return tuple(kernel for kernel in every if id(kernel.variable) in prunable)

    def check_schedule(self, trainer: Trainer) -> None:
        """Raise TrainingError where `end_step` lies behind the last step."""
        if self.epsilon is None:
            last_step = self.epochs * trainer.steps_per_epoch
            trainer.check_steps(self.name, self.end_step or self._halfway(last_step), last_step)

    def apply(self, base: Any, trainer: Trainer) -> Any:
        """Prune a clone of `base`; the best epoch under the final mask is kept."""
        model = trainer.clone(base)
        if self.epsilon is not None:
            return self._thresholded(model, self.epsilon, trainer)
        return self._scheduled(model, trainer)

    def _thresholded(self, model: Any, epsilon: float, trainer: Trainer) -> Any:
        from harness.pruning.tfmot_pruning import zero_shares  # NumPy

        masks = self.masks_of(model)
        scores = magnitudes(masks.kernels)
        shares = zero_shares(masks.kernels, [score >= epsilon for score in scores])
        targets = Targets(0.0, layers=shares)
        masks.set(self.choose(masks.kernels, scores, targets))
        self.fit(trainer, model, masks)
        return model

    def _scheduled(self, model: Any, trainer: Trainer) -> Any:
        import tensorflow_model_optimization as tfmot

        from harness.pruning.tfmot_pruning import Guard, wrap, zero_shares  # NumPy

        last_step = self.epochs * trainer.steps_per_epoch
        end_step = self.end_step or self._halfway(last_step)
        trainer.check_steps(self.name, end_step, last_step)
        kernels = self.kernels(model)
        shares = self._shares(kernels)
        schedules = {
            layer: self._schedule(share, end_step, last_step)
            for layer, share in shares.items()
            if share
        }
        wrapped = wrap(model, schedules)
        guard = Guard(self, kernels, wrapped)
        self.fit(
            trainer,
            wrapped,
            keep_best_from=-(-end_step // trainer.steps_per_epoch),
            before_epoch=lambda _: guard(),
        )
        guard()
        reached = zero_shares(kernels, [kernel.variable.numpy() != 0 for kernel in kernels])
        self.require_zeros(kernels, shares, reached)
        return tfmot.sparsity.keras.strip_pruning(wrapped)

    def require_zeros(
        self,
        kernels: tuple[Kernel, ...],
        asked: Mapping[str, float],
        reached: Mapping[str, float],
    ) -> None:
        """Raise TrainingError on a layer of more than two weights of which tfmot pruned none.

        tfmot prunes what is below a threshold: of weights that are all equally far from zero
        (a kernel of ±1) that is none, whatever sparsity is asked for.
        """
        sizes = Counter[str]()
        for kernel in kernels:
            sizes[kernel.layer] += math.prod(kernel.variable.shape)
        for layer, share in asked.items():
            if not reached[layer] and share * sizes[layer] >= 2:
                raise TrainingError(
                    f"layer '{layer}': {100 * share:.1f} % zeros asked, 0.0 % reached: tfmot "
                    "prunes none of weights that are equally far from zero",
                    where=f"variant {self.name}",
                    hint=f"exclude '{layer}', or use a method that breaks ties, such as iterative",
                )

    def _halfway(self, last_step: int) -> int:
        frequency = self._frequency(last_step)
        updates = (last_step - self.begin_step) // 2 // frequency
        return self.begin_step + max(1, updates) * frequency

    def _frequency(self, last_step: int) -> int:
        """Steps between two changes of the masks, as the training's length allows."""
        if self.end_step is not None:
            return self.frequency
        return min(self.frequency, max(1, (last_step - self.begin_step) // 2))

    def _shares(self, kernels: tuple[Kernel, ...]) -> dict[str, float]:
        """Final sparsity by layer."""
        from harness.pruning.tfmot_pruning import zero_shares  # NumPy

        if self.scope == "global":
            targets = Targets(self.final_sparsity, self.scope, self.layers)
            return zero_shares(kernels, self.choose(kernels, magnitudes(kernels), targets))
        layers = (kernel.layer for kernel in kernels)
        return {layer: self.layers.get(layer, self.final_sparsity) for layer in layers}

    def _schedule(self, final: float, end_step: int, last_step: int) -> Any:
        import tensorflow_model_optimization as tfmot

        sparsity = tfmot.sparsity.keras
        frequency = self._frequency(last_step)
        if self.schedule == "constant":
            return sparsity.ConstantSparsity(final, self.begin_step, end_step, frequency)
        return sparsity.PolynomialDecay(
            min(self.initial_sparsity, final),
            final,
            self.begin_step,
            end_step,
            power=self.power,
            frequency=frequency,
        )
