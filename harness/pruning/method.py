"""The interface of a pruning method: its plan parameters and how it makes a variant."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from harness.errors import InputError

if TYPE_CHECKING:
    from harness.training.trainer import Trainer


def _named(name: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,40}", name):
        return name
    raise ValueError(f"{name!r} is no name: 1 to 41 letters, digits, '_', '-' or '.', no space")


# Strict, for pydantic otherwise takes `true` and "10" as numbers.
Count = Annotated[int, Field(strict=True, gt=0)]
Step = Annotated[int, Field(strict=True, ge=0)]
Fraction = Annotated[float, Field(strict=True, ge=0, lt=1)]
LearningRate = Annotated[float, Field(strict=True, gt=0, le=1)]
Criterion = Literal["l1", "l2", "activation", "taylor"]  # ranks of whole neurons and filters
Name = Annotated[str, AfterValidator(_named)]


def require_graph(model: Any, where: str) -> None:
    """Raise InputError unless `model` is a Sequential or functional tf_keras model."""
    if not getattr(model, "_is_graph_network", False):
        raise InputError(
            f"'{model.name}' is a subclassed model: how its layers are connected cannot be read",
            where=where,
            hint="build it with keras.Sequential or keras.Model(inputs, outputs), starting with "
            "an Input layer",
        )


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
        """Raise InputError where the parameters do not fit `model`: asked before any training.

        Methods that override it call this one too: a subclassed model cannot be cloned.
        """
        require_graph(model, f"variant {self.name}")

    @abstractmethod
    def apply(self, base: Any, trainer: Trainer) -> Any:
        """A pruned and fine-tuned Keras model made from the trained `base`, which stays as is."""

    @property
    def parameters(self) -> dict[str, Any]:
        """All that decides what `apply` does; the name does not."""
        return self.model_dump(mode="json", exclude={"name"})
