"""A small shape trained from several starts at once, taught by the original: what search makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from harness.errors import InputError, TrainingError
from harness.nearest import nearest
from harness.pruning.method import Count, Fraction, LearningRate, Method
from harness.training.kernels import find_kernels

if TYPE_CHECKING:
    from harness.training.kernels import Kernel
    from harness.training.trainer import Trainer

WEIGHTED = ("Conv2D", "Dense")


class Slim(Method):
    """Cut to the units in `keep`, with the share of `zeros` by layer, trained from `starts`.

    The first start has the original's best units (L2), the others new random weights; all are
    trained together for `epochs`. `distill`: the original's outputs are most of the loss. `qat`:
    kernels are rounded to int8 in the later part. Zeros rise over half of the epochs. The start
    with the best validation accuracy is the variant.
    """

    method: Literal["slim"]
    keep: dict[str, Count] = Field(default={})
    zeros: dict[str, Fraction] = Field(default={})
    starts: Annotated[int, Field(strict=True, ge=1, le=64)] = 8
    epochs: Count = 500
    learning_rate: LearningRate = 4e-3
    distill: Annotated[bool, Field(strict=True)] = True
    qat: Annotated[bool, Field(strict=True)] = True

    @property
    def sparsity_target(self) -> float | None:
        """None: zeros are asked for layer by layer."""
        return None

    def layer_target(self, layer: str) -> float | None:
        """Return the layer's own share of zeros, None where it has none."""
        return self.zeros.get(layer)

    def left_alone(self, model: Any) -> tuple[Kernel, ...]:
        """Return the kernels of layers that are neither Conv2D nor Dense, and the last one."""
        every = find_kernels(model)
        names = prunable(model)
        return tuple(kernel for kernel in every if kernel.layer not in names)

    def check(self, model: Any) -> None:
        """Raise InputError where `model` has no such layers or units, or cannot be stacked."""
        from harness.pruning.structured_graph import read_graph  # NumPy
        from harness.training.stacked import StackedNet  # NumPy

        super().check(model)
        graph = read_graph(model)
        for name, count in self.keep.items():
            group = graph.group_of(name)
            if group is None or graph.groups[group].fixed or name not in prunable(model):
                raise self._unknown("keep", name, model)
            size = graph.groups[group].size
            if count > size:
                raise InputError(
                    f"layer '{name}' has {size} units, {count} cannot remain",
                    where=f"variant {self.name}, keep",
                )
        for name in self.zeros:
            if name not in prunable(model):
                raise self._unknown("zeros", name, model)
        StackedNet(model, 1)

    def check_schedule(self, trainer: Trainer) -> None:
        """Raise TrainingError for a task without classes."""
        if trainer.data.task != "classification":
            raise TrainingError(
                f"method slim trains classifiers, the task is {trainer.data.task}",
                where=f"variant {self.name}",
            )

    def apply(self, base: Any, trainer: Trainer) -> Any:
        """The best of the starts."""
        from harness.pruning.stacking import (  # NumPy
            Copy,
            best_copy,
            stack_of,
            teacher_logits,
            with_best_units,
        )
        from harness.training.stack_fit import Recipe, fit_stack  # NumPy

        self.check_schedule(trainer)
        model = with_best_units(base, self.keep, trainer.data)
        copies = [Copy(zeros=self.zeros, fresh=start > 0) for start in range(self.starts)]
        net, alive = stack_of(model, copies, trainer.seed)
        recipe = Recipe(
            epochs=self.epochs,
            learning_rate=self.learning_rate,
            batch_size=trainer.batch_size,
            qat=self.qat,
        )

        def on_epoch(epoch: int, accuracy: Any) -> None:
            trainer.report(epoch, self.epochs, f"validation accuracy {accuracy.max():.3f}")

        fitted = fit_stack(
            net,
            trainer.data,
            teacher_logits(base, trainer.data) if self.distill else None,
            recipe,
            seed=trainer.seed,
            alive=alive,
            zeros=[copy.zeros for copy in copies],
            on_epoch=on_epoch,
        )
        best = best_copy(fitted)
        net.put_into(model, best)
        for metric, values in (
            ("loss", fitted.loss),
            ("val_loss", fitted.val_loss),
            ("val_accuracy", fitted.val_accuracy),
        ):
            trainer.history.setdefault(metric, []).extend(values[:, best].tolist())
        trainer.kept.append(self.epochs)
        return model

    def _unknown(self, key: str, name: str, model: Any) -> InputError:
        names = prunable(model)
        return InputError(
            f"layer '{name}' cannot be made slim{nearest(name, names)}",
            where=f"variant {self.name}, {key}",
            hint=f"layers that can: {', '.join(names) or 'none'}",
        )


def prunable(model: Any) -> tuple[str, ...]:
    """Return the Conv2D and Dense layers but the last one with weights, which makes the output."""
    kernels = find_kernels(model)
    names = dict.fromkeys(kernel.layer for kernel in kernels[:-1])
    kinds = {layer.name: type(layer).__name__ for layer in model.layers}
    last = kernels[-1].layer if kernels else ""
    return tuple(name for name in names if kinds.get(name) in WEIGHTED and name != last)
