"""The interface of a pruning method: its plan parameters and how it makes a variant."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from harness.variants.training import Trainer


def _named(name: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,40}", name):
        return name
    raise ValueError(f"{name!r} is no name: 1 to 41 letters, digits, '_', '-' or '.', no space")


# Strict, for pydantic otherwise takes `true` and "10" as numbers.
Count = Annotated[int, Field(strict=True, gt=0)]
Step = Annotated[int, Field(strict=True, ge=0)]
Fraction = Annotated[float, Field(strict=True, ge=0, lt=1)]
LearningRate = Annotated[float, Field(strict=True, gt=0, le=1)]
Name = Annotated[str, AfterValidator(_named)]


class Method(BaseModel, ABC):
    """One `[[variant]]` of a plan. A subclass names itself by a Literal `method`.

    Its other fields are the method's parameters as they stand in the plan.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_scratch: ClassVar[bool] = False  # whether `base` may be untrained: only its layers count

    name: Name

    @property
    @abstractmethod
    def sparsity_target(self) -> float | None:
        """Fraction of zero weights asked for, None where the method asks for none."""

    def layer_target(self, layer: str) -> float | None:  # noqa: ARG002
        """Fraction of zero weights asked of the layer named so, None where nothing is asked."""
        return self.sparsity_target

    def check(self, model: Any) -> None:
        """Raise InputError where the parameters do not fit `model`: asked before any training."""

    @abstractmethod
    def apply(self, base: Any, trainer: Trainer) -> Any:
        """A pruned and fine-tuned Keras model made from the trained `base`, which stays as is."""

    @property
    def parameters(self) -> dict[str, Any]:
        """All that decides what `apply` does; the name does not."""
        return self.model_dump(mode="json", exclude={"name"})
