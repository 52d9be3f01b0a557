"""The unpruned original: what every other variant is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from harness.pruning.retrained import Budget, Retrained

if TYPE_CHECKING:
    from harness.training.trainer import Trainer


class Original(Retrained):
    """The base model as trained; with `retrain`, trained on as the pruned variants are.

    The first is the file that would ship without pruning. The second is the control: it tells
    what the additional epochs alone are worth.
    """

    method: Literal["none"]
    retrain: bool = Field(default=False, strict=True)

    @property
    def sparsity_target(self) -> float | None:
        """Nothing is asked for."""
        return None

    @model_validator(mode="after")
    def _nothing_idle(self) -> Self:
        idle = [key for key in Budget.model_fields if key in self.model_fields_set]
        if idle and not self.retrain:
            raise ValueError(f"{idle[0]} means nothing without retrain = true")
        return self

    @model_serializer(mode="wrap")
    def _without_what_is_off(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = handler(self)
        off = () if self.retrain else tuple(Budget.model_fields)
        return {key: value for key, value in data.items() if key not in off}

    def apply(self, base: Any, trainer: Trainer) -> Any:
        """A copy of the base model, trained on where asked for."""
        model = trainer.clone(base)
        if self.retrain:
            trainer.fit(
                model, epochs=self.epochs, learning_rate=self.learning_rate, patience=self.patience
            )
        return model
