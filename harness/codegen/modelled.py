"""Modelled costs of a model on a core, as the build will choose, without building it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.codegen.calls import Call, const_bytes
from harness.codegen.compiled import lowered
from harness.codegen.cost import unit_of
from harness.codegen.graph import Graph
from harness.codegen.operator_cost import is_measured, operator_time
from harness.codegen.prefer import BALANCED, Prefer


@dataclass(frozen=True)
class OperatorCost:
    """Costs of one operator; those that run with it count here, too."""

    index: int
    kind: str
    kernel: str
    time: float
    const_bytes: int
    measured: bool  # False: one of its kernels has the times of kernels that were not measured


@dataclass(frozen=True)
class ModelCost:
    """Costs of a whole model: time in `unit`, constants in flash and arena in bytes.

    `const_bytes` are weights and parameters; the kernels' own code is not part of it.
    """

    time: float
    unit: str
    const_bytes: int
    arena_bytes: int
    operators: tuple[OperatorCost, ...]


def modelled_cost(graph: Graph, core: str, prefer: Prefer = BALANCED) -> ModelCost:
    """Return the costs of a file's graph (read_model) on that core.

    Kernels, fused layers, dead channels and memory are those of the build. Raises InputError for
    an unknown core and for one without measured times, ModelError for what the engine cannot run.
    """
    after, calls, plan = lowered(graph, core, prefer=prefer)
    operators = tuple(
        OperatorCost(
            operator.index,
            operator.kind,
            call.kernels,
            sum(_times(after, call, core)),
            call.const_bytes,
            all(is_measured(part.kernel, core) or part.time for part in _parts(call)),
        )
        for operator, call in zip(after.operators, calls, strict=True)
    )
    return ModelCost(
        time=sum(each.time for each in operators),
        unit=unit_of(core),
        const_bytes=const_bytes(calls),
        arena_bytes=plan.arena_bytes,
        operators=operators,
    )


def modelled_time(graph: Graph, core: str, prefer: Prefer = BALANCED) -> float:
    """Return the time of one inference, in the core's unit; raises as `modelled_cost`."""
    return modelled_cost(graph, core, prefer).time


def _parts(call: Call) -> tuple[Call, ...]:
    if call.bands:
        return call.bands.layer, call.bands.add
    return (call.rolling.layer, call.rolling.reader) if call.rolling else (call,)


def _times(graph: Graph, call: Call, core: str) -> Iterator[float]:
    for part in _parts(call):
        yield operator_time(graph, part, core) if part.time is None else part.time
