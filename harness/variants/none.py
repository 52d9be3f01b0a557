"""The unpruned original: what every other variant is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from harness.variants.method import Method

if TYPE_CHECKING:
    from harness.variants.training import Trainer


class Original(Method):
    """The base model as trained."""

    method: Literal["none"]

    @property
    def sparsity_target(self) -> float | None:
        """Nothing is asked for."""
        return None

    def apply(self, base: Any, trainer: Trainer) -> Any:
        """A copy of the base model."""
        return trainer.clone(base)
