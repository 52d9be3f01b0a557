"""The unpruned original: what every other variant is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from harness.pruning.method import Unused
from harness.pruning.retrained import Budget, Retrained

if TYPE_CHECKING:
    from harness.training.trainer import Trainer


class Original(Retrained):
    """The base model as trained; with `retrain`, trained on as the pruned variants are.

    The first is the file that would ship without pruning. The second is the control: it
    shows the effect of the additional epochs alone.
    """

    method: Literal["none"]
    retrain: bool = Field(default=False, strict=True)

    @property
    def sparsity_target(self) -> float | None:
        """None: no zeros are asked for."""
        return None

    @property
    def unused(self) -> Unused:
        """The budget of an original that is not trained on."""
        keys = () if self.retrain else tuple(Budget.model_fields)
        return Unused(keys, "without retrain = true")

    def apply(self, base: Any, trainer: Trainer) -> Any:
        """A copy of the base model, trained on where asked for."""
        model = trainer.clone(base)
        if self.retrain:
            self.fit(trainer, model)
        return model
