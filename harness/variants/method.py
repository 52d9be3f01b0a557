"""The interface of a pruning method: its plan parameters and how it makes a variant."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from harness.variants.training import Trainer


class Method(BaseModel, ABC):
    """One `[[variant]]` of a plan. A subclass names itself by a Literal `method`.

    Its other fields are the method's parameters as they stand in the plan.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,40}$")

    @property
    @abstractmethod
    def sparsity_target(self) -> float | None:
        """Fraction of zero weights asked for, None where the method asks for none."""

    @abstractmethod
    def apply(self, base: Any, trainer: Trainer) -> Any:
        """A pruned and fine-tuned Keras model made from the trained `base`, which stays as is."""

    @property
    def parameters(self) -> dict[str, Any]:
        """All that decides what `apply` does; the name does not."""
        return self.model_dump(mode="json", exclude={"name"})
