"""Magnitude pruning with tfmot: the smallest weights go, more of them step by step.

Zhu and Gupta, To prune, or not to prune (arXiv:1710.01878): sparsity rises along a polynomial from
`begin_step` to `end_step` while the model trains on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from harness.variants.method import Count, Fraction, LearningRate, Method, Step

if TYPE_CHECKING:
    from harness.variants.training import Trainer


class Magnitude(Method):
    """tfmot's `prune_low_magnitude` over all layers that it can prune, fine-tuned and stripped.

    Steps are training batches; masks change every `frequency` steps from `begin_step` on, for the
    last time at `end_step`. Unset, that is three quarters of the way, so that the last quarter
    trains under the final mask. `epochs` are those of the fine-tuning.
    """

    method: Literal["magnitude"]
    schedule: Literal["polynomial", "constant"] = "polynomial"
    initial_sparsity: Fraction = 0.0
    final_sparsity: Fraction = Field(default=0.8, gt=0)
    begin_step: Step = 0
    end_step: Count | None = None
    frequency: Count = 20
    power: float = Field(default=3.0, strict=True, gt=0, le=100)
    epochs: Count = 60
    learning_rate: LearningRate = 2e-3

    @model_validator(mode="after")
    def _ordered(self) -> Self:
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
    def sparsity_target(self) -> float | None:
        """The final sparsity of every pruned layer."""
        return self.final_sparsity

    def _default_end(self, last_step: int) -> int:
        updates = (last_step - self.begin_step) * 3 // 4 // self.frequency
        return self.begin_step + max(1, updates) * self.frequency

    def apply(self, base: Any, trainer: Trainer) -> Any:
        """Prune a clone of `base`; the best epoch under the final mask is kept."""
        import tensorflow_model_optimization as tfmot

        last_step = self.epochs * trainer.steps_per_epoch
        end_step = self.end_step or self._default_end(last_step)
        trainer.check_steps(self.name, end_step, last_step)
        sparsity = tfmot.sparsity.keras
        if self.schedule == "constant":
            schedule = sparsity.ConstantSparsity(
                self.final_sparsity, self.begin_step, end_step, self.frequency
            )
        else:
            schedule = sparsity.PolynomialDecay(
                self.initial_sparsity,
                self.final_sparsity,
                self.begin_step,
                end_step,
                power=self.power,
                frequency=self.frequency,
            )
        wrapped = sparsity.prune_low_magnitude(trainer.clone(base), pruning_schedule=schedule)
        trainer.fit(
            wrapped,
            epochs=self.epochs,
            learning_rate=self.learning_rate,
            callbacks=[sparsity.UpdatePruningStep()],
            keep_best_from=-(-end_step // trainer.steps_per_epoch),
        )
        return sparsity.strip_pruning(wrapped)
