"""Units of a model file that go together, and the file's graph without some of them.

A convolution or fully connected layer makes units; layers that treat each channel by itself hand
them on; sums join those of all their inputs. Units that reach the output, or an operator that is
not known here, stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from harness.codegen.graph import Array, Graph, Operator
from harness.codegen.passes.dead_channels import with_channels

_MAKES = ("CONV_2D", "FULLY_CONNECTED")
_SAME = frozenset(
    {
        *("MAX_POOL_2D", "AVERAGE_POOL_2D", "RELU", "RELU6", "LEAKY_RELU", "ELU"),
        *("TANH", "LOGISTIC", "HARD_SWISH", "QUANTIZE"),
    }
)
_JOINS = frozenset({"ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM"})


@dataclass(frozen=True)
class UnitGroup:
    """Units that are cut together: operators (positions) that make them, and their number."""

    makers: tuple[int, ...]
    size: int


@dataclass(frozen=True, eq=False)
class UnitGroups:
    """The groups that may lose units; `lies`: group and repeats along the last axis, by tensor."""

    groups: tuple[UnitGroup, ...]
    lies: Mapping[int, tuple[int, int]]


@dataclass
class _Joined:
    parent: list[int] = field(default_factory=list)
    size: list[int] = field(default_factory=list)
    fixed: set[int] = field(default_factory=set)
    makers: dict[int, list[int]] = field(default_factory=dict)

    def new(self, size: int) -> int:
        self.parent.append(len(self.parent))
        self.size.append(size)
        return len(self.parent) - 1

    def root(self, group: int) -> int:
        while self.parent[group] != group:
            group = self.parent[group]
        return group

    def join(self, one: int, other: int) -> None:
        self.parent[self.root(other)] = self.root(one)


def unit_groups(graph: Graph) -> UnitGroups:
    """Return the groups of a file's graph, in the order of their first makers."""
    joined = _Joined()
    lies: dict[int, tuple[int, int]] = {}
    for index in graph.inputs:
        _fixed(graph, index, joined, lies)
    for position, operator in enumerate(graph.operators):
        _take(graph, position, operator, joined, lies)
    for index in graph.outputs:
        if index in lies:
            joined.fixed.add(lies[index][0])
    fixed = {joined.root(group) for group in joined.fixed}
    made: dict[int, list[int]] = {}
    for group, makers in joined.makers.items():
        made.setdefault(joined.root(group), []).extend(makers)
    roots = sorted(set(made) - fixed, key=lambda group: min(made[group]))
    place = {root: number for number, root in enumerate(roots)}
    return UnitGroups(
        tuple(UnitGroup(tuple(sorted(made[root])), joined.size[root]) for root in roots),
        {
            index: (place[joined.root(group)], outer)
            for index, (group, outer) in lies.items()
            if joined.root(group) in place
        },
    )


def _take(
    graph: Graph,
    position: int,
    operator: Operator,
    joined: _Joined,
    lies: dict[int, tuple[int, int]],
) -> None:
    sources = [index for index in operator.inputs if index in lies]
    output = operator.outputs[0]
    width = graph.tensors[output].shape[-1] if graph.tensors[output].shape else 1
    known = [lies[index] for index in sources]
    first = graph.tensors[sources[0]] if sources else None
    same = first is not None and first.shape[-1:] == graph.tensors[output].shape[-1:]
    if operator.kind in _MAKES and len(sources) == 1:
        group = joined.new(width)
        joined.makers[group] = [position]
        lies[output] = (group, 1)
    elif (operator.kind in _SAME or operator.kind == "DEPTHWISE_CONV_2D") and same:
        lies[output] = known[0]
    elif operator.kind == "RESHAPE" and first is not None and width % first.shape[-1] == 0:
        lies[output] = (known[0][0], known[0][1] * (width // first.shape[-1]))
    elif operator.kind == "MEAN" and same and len(graph.tensors[output].shape) > 1:
        lies[output] = known[0]
    elif (
        operator.kind in _JOINS
        and len(sources) == 2
        and len({graph.tensors[index].shape for index in sources}) == 1
        and known[0][1] == known[1][1]
    ):
        joined.join(known[0][0], known[1][0])
        lies[output] = known[0]
    else:
        joined.fixed.update(group for group, _ in known)
        for index in operator.outputs:
            _fixed(graph, index, joined, lies)


def _fixed(graph: Graph, index: int, joined: _Joined, lies: dict[int, tuple[int, int]]) -> None:
    shape = graph.tensors[index].shape
    group = joined.new(shape[-1] if shape else 1)
    joined.fixed.add(group)
    lies[index] = (group, 1)


def without_units(graph: Graph, found: UnitGroups, counts: Mapping[int, int]) -> Graph:
    """Return the graph with `counts` units by group, those of the greatest L2 norm."""
    best = {
        group: np.sort(np.argsort(-_norms(graph, found.groups[group]), kind="stable")[:count])
        for group, count in counts.items()
        if count < found.groups[group].size
    }
    kept: dict[int, Array] = {}
    for index, (group, outer) in found.lies.items():
        if group in best:
            size = found.groups[group].size
            kept[index] = (np.arange(outer)[:, None] * size + best[group]).ravel()
    return with_channels(graph, {}, kept) if kept else graph


def with_zeros(graph: Graph, shares: Mapping[int, float]) -> Graph:
    """Return the graph with a share of the weights zero, the smallest, by operator (position)."""
    tensors = list(graph.tensors)
    for position, share in shares.items():
        index = graph.operators[position].inputs[1]
        data = tensors[index].data
        assert data is not None
        flat = data.reshape(-1).copy()
        lowest = np.argsort(np.abs(flat.astype(np.float64)), kind="stable")
        flat[lowest[: round(share * flat.size)]] = 0
        # a weight that the file rounded to zero would make the layer sparser than it was asked
        flat[lowest[round(share * flat.size) :]] += flat[lowest[round(share * flat.size) :]] == 0
        tensors[index] = replace(tensors[index], data=flat.reshape(data.shape))
    return replace(graph, tensors=tuple(tensors))


def layer_named(graph: Graph, position: int, names: tuple[str, ...]) -> str | None:
    """Return the one of the layers' names that the operator's weights carry, None without one."""
    index = graph.operators[position].inputs[1]
    parts = re.split(r"[/;:]", graph.tensors[index].name)
    return next((name for name in names if name in parts), None)


def _norms(graph: Graph, group: UnitGroup) -> Array:
    total = np.zeros(group.size)
    for position in group.makers:
        tensor = graph.tensors[graph.operators[position].inputs[1]]
        assert tensor.data is not None
        weights = tensor.data.astype(np.float64).reshape(group.size, -1)
        scales = tensor.quantisation.scales if tensor.quantisation is not None else (1.0,)
        norms = np.linalg.norm(weights * np.reshape(scales, (-1, 1)), axis=1)
        total += norms / max(norms.mean(), 1e-12)
    return total
