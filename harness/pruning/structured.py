"""Structured pruning: whole units are removed and the model is rebuilt smaller and fine-tuned."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from harness.errors import InputError, TrainingError
from harness.nearest import nearest
from harness.pruning.method import Count, Criterion, Fraction
from harness.pruning.retrained import Retrained
from harness.pruning.structured_layers import UNIT_LAYERS
from harness.training.kernels import Kernel, find_kernels

if TYPE_CHECKING:
    from harness.pruning.structured_graph import ChannelGraph, ChannelGroup
    from harness.training.trainer import Trainer


class Structured(Retrained):
    """Base of `neuron` and `filter`, which differ in the kind of layer that they prune.

    `keep`: units that remain, by layer. `remove`: fraction of the units to remove from every other
    layer of the kind but the output and those in `exclude`; rounded, and one unit always stays.
    `on_disconnect` decides what happens where the units that remain give a layer, or a unit of the
    last one, nothing but weights of zero: "report" logs it, "refuse" is a TrainingError.
    """

    KINDS: ClassVar[tuple[str, ...]]
    UNITS: ClassVar[str]
    swept: ClassVar[str | None] = "remove"
    swept_share: ClassVar[Literal["weights", "units"]] = "units"

    keep: dict[str, Count] = Field(default={})
    remove: Fraction | None = Field(default=None, gt=0)
    exclude: tuple[str, ...] = ()
    criterion: Criterion = "l2"
    on_disconnect: Literal["report", "refuse"] = "report"

    @model_validator(mode="after")
    def _something_to_do(self) -> Self:
        if not self.keep and self.remove is None:
            raise ValueError(
                f"say what goes: keep = {{ layer = {self.UNITS} }} or remove = fraction"
            )
        if self.exclude and self.remove is None:
            raise ValueError("exclude means nothing without remove")
        for name in self.exclude:
            if name in self.keep:
                raise ValueError(f"layer '{name}' is both in keep and in exclude")
        return self

    @property
    def sparsity_target(self) -> float | None:
        """None: no remaining weight is asked to be zero."""
        return None

    def left_alone(self, model: Any) -> tuple[Kernel, ...]:
        """Return the weight matrices from which no structured method can cut anything.

        Those of layers inside nested models, of layers of other kinds, and of layers that neither
        lose units nor follow one that does. Cuts by the other structured method are possible.
        """
        from harness.pruning.structured_graph import read_graph  # NumPy

        graph = read_graph(model)
        free = {
            number
            for number, group in graph.groups.items()
            if group.writers and not group.fixed and self._one_method(graph, group)
        }
        cut = {
            (layer, each.weight)
            for layer, cuts in graph.cuts.items()
            for each in cuts
            if each.channels.group in free
        }
        kernels = find_kernels(model)
        return tuple(each for each in kernels if (each.layer, each.name) not in cut)

    def check(self, model: Any) -> None:
        """Raise InputError where `model` has no such layers, or not as many units."""
        from harness.pruning.structured_graph import read_graph  # NumPy

        super().check(model)
        self._counts(read_graph(model))

    def apply(self, base: Any, trainer: Trainer) -> Any:
        """A smaller model with the best units of `base`, fine-tuned."""
        import numpy as np

        from harness.pruning.structured_graph import read_graph  # NumPy
        from harness.pruning.structured_rank import rank  # NumPy
        from harness.pruning.structured_rebuild import rebuild  # NumPy

        graph = read_graph(base)
        counts = self._counts(graph)
        scores = rank(base, graph, list(counts), self.criterion, trainer.data)
        best = {
            group: np.sort(np.argsort(-scores[group], kind="stable")[:count])
            for group, count in counts.items()
        }
        model = rebuild(base, graph, best)
        self._check_connected(base, model)
        self.fit(trainer, model)
        return model

    def _check_connected(self, base: Any, model: Any) -> None:
        from harness.training.masks import disconnected  # NumPy

        before = disconnected(base)
        for name in disconnected(model):
            if name in before:
                continue
            if self.on_disconnect == "refuse":
                raise TrainingError(
                    f"{name} would be left without a weight but zeros",
                    where=f"variant {self.name}",
                    hint='keep more units, take another criterion, or set on_disconnect = "report"',
                )
            logging.getLogger(__name__).warning(
                "variant %s: %s is left without a weight but zeros", self.name, name
            )

    def _counts(self, graph: ChannelGraph) -> dict[int, int]:
        """Units that remain by group. Raises InputError."""
        counts: dict[int, int] = {}
        asked_by: dict[int, str] = {}
        for name, count in self.keep.items():
            group = self._prunable(graph, name)
            size = graph.groups[group].size
            if count > size:
                raise self._error(
                    "keep", f"layer '{name}' has {size} {self.UNITS}, {count} cannot remain"
                )
            if counts.setdefault(group, count) != count:
                first = asked_by[group]
                raise self._error(
                    "keep",
                    f"'{first}' and '{name}' lose the same {self.UNITS}, for their outputs are "
                    f"added: {counts[group]} and {count} contradict each other",
                    hint="give one of them only",
                )
            asked_by.setdefault(group, name)
        excluded = {self._excluded(graph, name, asked_by) for name in self.exclude}
        if self.remove is not None:
            rest = [
                group
                for group in self._candidates(graph)
                if group not in excluded and group not in counts
            ]
            if not rest:
                raise self._error("remove", f"no other {self._words()} layer can be pruned")
            for group in rest:
                size = graph.groups[group].size
                counts[group] = max(1, size - round(self.remove * size))
        return counts

    def _candidates(self, graph: ChannelGraph) -> list[int]:
        return [
            number
            for number, group in graph.groups.items()
            if group.writers and not group.fixed and not self._of_other_kind(graph, number)
        ]

    def _one_method(self, graph: ChannelGraph, group: ChannelGroup) -> bool:
        return len({UNIT_LAYERS[graph.kinds[name]].method for name in group.writers}) == 1

    def _of_other_kind(self, graph: ChannelGraph, group: int) -> str:
        """A layer of the group that another method prunes, empty where there is none."""
        writers = graph.groups[group].writers
        return next((name for name in writers if graph.kinds[name] not in self.KINDS), "")

    def _prunable(self, graph: ChannelGraph, name: str) -> int:
        self._known(graph, "keep", name)
        number = graph.group_of(name)
        if number is None:
            raise self._error(
                "keep",
                f"layer '{name}' ({graph.kinds[name]}) has no {self.UNITS} of its own",
                hint=self._choice(graph),
            )
        group = graph.groups[number]
        if name in group.followers:
            leaders = " and ".join(f"'{writer}'" for writer in group.writers) or "the input"
            raise self._error("keep", f"layer '{name}' follows {leaders}", hint=self._choice(graph))
        if graph.kinds[name] not in self.KINDS:
            raise self._error(
                "keep",
                f"layer '{name}' is a {graph.kinds[name]} layer",
                hint=f"method {UNIT_LAYERS[graph.kinds[name]].method} prunes it",
            )
        if group.fixed:
            raise self._error(
                "keep",
                f"layer '{name}' cannot be pruned: {group.fixed}",
                hint=self._choice(graph),
            )
        mixed = self._of_other_kind(graph, number)
        if mixed:
            raise self._error(
                "keep",
                f"layer '{name}' cannot be pruned: its outputs are added to those of '{mixed}' "
                f"({graph.kinds[mixed]})",
                hint=self._choice(graph),
            )
        return number

    def _excluded(self, graph: ChannelGraph, name: str, asked_by: dict[int, str]) -> int | None:
        self._known(graph, "exclude", name)
        group = graph.group_of(name)
        if group in asked_by:
            raise self._error(
                "exclude",
                f"'{name}' loses the same {self.UNITS} as '{asked_by[group]}', which is in keep",
            )
        return group

    def _known(self, graph: ChannelGraph, key: str, name: str) -> None:
        if name in graph.kinds:
            return
        raise self._error(
            key,
            f"there is no layer '{name}'{nearest(name, graph.kinds)}",
            hint=f"layers: {', '.join(graph.kinds)}",
        )

    def _words(self) -> str:
        return f"{', '.join(self.KINDS[:-1])} or {self.KINDS[-1]}"

    def _choice(self, graph: ChannelGraph) -> str:
        names = [name for group in self._candidates(graph) for name in graph.groups[group].writers]
        return f"method {self.parameters['method']} prunes: {', '.join(names) or 'none here'}"

    def _error(self, key: str, what: str, *, hint: str = "") -> InputError:
        return InputError(what, where=f"variant {self.name}, {key}", hint=hint)
