"""Costs of shapes on the targets of a search: modelled, or counted on the target itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.boards.catalogue import TargetSpec
from harness.codegen import modelled_cost
from harness.codegen.compiled import compile_graph
from harness.codegen.prefer import Prefer
from harness.errors import InputError
from harness.plan.plan import Plan
from harness.project import Project
from harness.run.counts import measure_counts
from harness.search.budget import Budget, Costs
from harness.search.shape import Shape
from harness.search.space import Space


@dataclass(frozen=True)
class LayerCost:
    """One operator of the chosen shape: modelled time and bytes, before and after."""

    name: str
    kernel: str
    before: float
    after: float
    bytes_before: int
    bytes_after: int


class Pricing:
    """Costs of a space's shapes on targets; `tell` takes words about what is measured."""

    def __init__(
        self,
        space: Space,
        specs: Sequence[TargetSpec],
        prefer: Prefer,
        plan: Plan,
        project: Project,
        tell: Callable[[str], None],
    ) -> None:
        self._space, self._specs, self._prefer = space, specs, prefer
        self._plan, self._project, self._tell = plan, project, tell
        self._factors: dict[str, float] = {}
        self._priced: dict[Shape, Mapping[str, Costs]] = {}
        self._calibrate()

    def of(self, shape: Shape) -> Mapping[str, Costs]:
        """Return the modelled costs of a shape by target."""
        if shape not in self._priced:
            costs = {}
            for spec in self._specs:
                cost = self._space.cost(shape, spec.core, self._prefer)
                latency = cost.time * self._factors[spec.name]
                costs[spec.name] = Costs(latency, cost.const_bytes, cost.arena_bytes)
            self._priced[shape] = costs
        return self._priced[shape]

    def counts(self, spec: TargetSpec, shapes: Sequence[Shape]) -> list[float | None]:
        """Return the counts of shapes on the target; weights are the original's."""
        models = [
            compile_graph(
                self._space.graph_of(shape), f"s{at}", at + 1, core=spec.core, prefer=self._prefer
            )
            for at, shape in enumerate(shapes)
        ]
        self._tell(f"{len(models)} shapes on {spec.name}")
        plan = self._plan
        return measure_counts(self._project, spec, models, plan.ports, plan.power)

    def check_reachable(self, budgets: Sequence[Budget]) -> None:
        """Raise InputError where even the smallest shape exceeds a limit."""
        smallest = replace(
            self._space.smallest, zeros=tuple((name, 0.9) for name in self._space.layers)
        )
        options = (self._space.smallest, smallest)
        for budget in budgets:
            found = [self.of(shape)[budget.target] for shape in options]
            least = {axis: min(each.of(axis) for each in found) for axis in budget.limits}
            for axis, limit in budget.limits.items():
                if least[axis] > limit:
                    unit = budget.unit if axis == "latency" else "B"
                    raise InputError(
                        f"no shape of this model meets the budget on {budget.target}: the smallest "
                        f"takes {least[axis]:,.0f} {unit} of {axis}, max_{axis} is {limit:,.0f}",
                        where="[search]",
                        hint=f"raise max_{axis}, or start from a smaller model",
                    )

    def layers(self, shape: Shape, spec: TargetSpec) -> tuple[LayerCost, ...]:
        """Return the operators of the original beside those of the shape."""
        before = self._space.cost(self._space.whole, spec.core, self._prefer).operators
        after = self._space.cost(shape, spec.core, self._prefer).operators
        later = {each.index: each for each in after}
        names = {position: name for name, position in self._space.layers.items()}
        return tuple(
            LayerCost(
                names.get(each.index, each.kind.lower()),
                later[each.index].kernel,
                each.time,
                later[each.index].time,
                each.const_bytes,
                later[each.index].const_bytes,
            )
            for each in before
            if each.index in later and each.kernel != "none"
        )

    def _calibrate(self) -> None:
        """Where the target counts another unit than the model, measure the original once."""
        for spec in self._specs:
            whole = modelled_cost(self._space.graph, spec.core, self._prefer)
            self._factors[spec.name] = 1.0
            if whole.unit != spec.latency_unit:
                (count,) = self.counts(spec, [self._space.whole])
                self._factors[spec.name] = (count or whole.time) / whole.time
