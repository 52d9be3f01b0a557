"""The interface of a pruning method: its plan parameters and how it makes a variant."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from harness.errors import InputError

if TYPE_CHECKING:
    from harness.training.kernels import Kernel
    from harness.training.trainer import Trainer


def _named(name: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,40}", name):
        return name
    raise ValueError(f"{name!r} is no name: 1 to 41 letters, digits, '_', '-' or '.', no space")


# Strict, for pydantic otherwise takes `true` and "10" as numbers.
Count = Annotated[int, Field(strict=True, gt=0)]
NonNegative = Annotated[int, Field(strict=True, ge=0)]
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


class Unused(NamedTuple):
    """Parameters without effect, and the reason as it ends "KEY means nothing …"."""

    keys: tuple[str, ...] = ()
    reason: str = ""


class Method(BaseModel, ABC):
    """One `[[variant]]` of a plan. A subclass names itself by a Literal `method`.

    Its other fields are the method's parameters as they stand in the plan. `from_scratch`: `base`
    may be untrained, only its layers count. `swept`: the parameter that `harness sweep` varies, a
    fraction of the model's `swept_share`; None where there is none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_scratch: ClassVar[bool] = False
    swept: ClassVar[str | None] = None
    swept_share: ClassVar[Literal["weights", "units"]] = "weights"

    name: Name

    @property
    def unused(self) -> Unused:
        """The parameters that another one turns off; a plan may not set them."""
        return Unused()

    @model_validator(mode="after")
    def _no_unused_parameter(self) -> Self:
        for key in self.unused.keys:
            if key in self.model_fields_set:
                raise ValueError(f"{key} means nothing {self.unused.reason}")
        return self

    @model_serializer(mode="wrap")
    def _without_unused(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        return {key: value for key, value in data.items() if key not in self.unused.keys}

    @property
    @abstractmethod
    def sparsity_target(self) -> float | None:
        """Fraction of zero weights asked for, None where the method asks for none."""

    def layer_target(self, layer: str) -> float | None:
        """Fraction of zero weights asked of the layer named so, None where nothing is asked."""
        return self.sparsity_target

    def left_alone(self, model: Any) -> tuple[Kernel, ...]:
        """Return the weight matrices of `model` that the method cannot prune."""
        return ()

    def check(self, model: Any) -> None:
        """Raise InputError where the parameters do not fit `model`: asked before any training.

        Methods that override it call this one too: a subclassed model cannot be cloned.
        """
        require_graph(model, f"variant {self.name}")

    def check_schedule(self, trainer: Trainer) -> None:
        """Raise TrainingError where the schedule does not fit the trainer's data."""

    @abstractmethod
    def apply(self, base: Any, trainer: Trainer) -> Any:
        """A pruned and fine-tuned Keras model made from the trained `base`, which stays as is."""

    @property
    def parameters(self) -> dict[str, Any]:
        """All that decides what `apply` does; the name does not."""
        return self.model_dump(mode="json", exclude={"name"})
