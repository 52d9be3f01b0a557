"""Several methods one after the other in one variant: structured ones, then any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator

from harness.nearest import nearest
from harness.pruning.method import Method
from harness.pruning.steps import STEPS
from harness.pruning.structured import Structured

if TYPE_CHECKING:
    from harness.training.kernels import Kernel
    from harness.training.trainer import Trainer


def _step(value: Any) -> Any:
    """A step of the plan, or one made already. Its name is its method's where it has none."""
    if not isinstance(value, dict):
        return value
    name = value.get("method")
    if name is None:
        raise ValueError(f"the key 'method' is missing; methods: {', '.join(STEPS)}")
    if name not in STEPS:
        raise ValueError(
            f"'{name}' is no method of a step{nearest(str(name), STEPS)}; "
            f"methods: {', '.join(STEPS)}"
        )
    for key in value:
        if key not in STEPS[name].model_fields:
            keys = STEPS[name].model_fields
            raise ValueError(f"unknown key '{key}'{nearest(str(key), keys)}")
    return STEPS[name].model_validate({"name": name} | value)


Step = Annotated[SerializeAsAny[Method], BeforeValidator(_step)]


class Chain(Method):
    """Each of `steps` prunes and fine-tunes what the one before it made.

    Only the last may be unstructured: a later fine-tuning would fill its zeros again.
    """

    method: Literal["chain"]
    steps: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if len(self.steps) == 1:
            raise ValueError("steps: a chain has two at least; one is a variant of its own")
        for index, step in enumerate(self.steps[:-1]):
            if not isinstance(step, Structured):
                raise ValueError(
                    f"steps[{index}]: '{step.parameters['method']}' has to be the last step, for "
                    "the fine-tuning of a later one would fill its zeros again"
                )
        return self

    @property
    def sparsity_target(self) -> float | None:
        """That of the last step: zeros asked for among the weights that remain."""
        return self.steps[-1].sparsity_target

    def layer_target(self, layer: str) -> float | None:
        """That of the last step."""
        return self.steps[-1].layer_target(layer)

    @property
    def parameters(self) -> dict[str, Any]:
        """Those of all steps, without their names."""
        return self.model_dump(
            mode="json", exclude={"name": True, "steps": {"__all__": {"name": True}}}
        )

    def left_alone(self, model: Any) -> tuple[Kernel, ...]:
        """Return what the last step cannot prune."""
        return self.steps[-1].left_alone(model)

    def check(self, model: Any) -> None:
        """Check every step against the whole model."""
        for step in self._named_steps():
            step.check(model)

    def check_schedule(self, trainer: Trainer) -> None:
        """Check every step's schedule."""
        for step in self._named_steps():
            step.check_schedule(trainer)

    def apply(self, base: Any, trainer: Trainer) -> Any:
        """The model after the last step; the history is of all steps together."""
        model = base
        for step in self._named_steps():
            model = step.apply(model, trainer)
        return model

    def _named_steps(self) -> list[Method]:
        """The steps under names that errors can use: the variant, the step, its method."""
        return [
            step.model_copy(
                update={"name": f"{self.name}, step {number} ({step.parameters['method']})"}
            )
            for number, step in enumerate(self.steps, 1)
        ]
