"""The space of a search: shapes of one model file, each priced on a core without training."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.codegen import Graph, ModelCost, modelled_cost, read_model
from harness.codegen.prefer import Prefer
from harness.codegen.unit_groups import (
    UnitGroups,
    layer_named,
    unit_groups,
    with_zeros,
    without_units,
)
from harness.errors import InputError
from harness.search.shape import Shape

ZEROS = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9)
_LEAST = 0.06  # of a layer's units, below which nothing is drawn


@dataclass(frozen=True, eq=False)
class Space:
    """The freedom of a search: units by layer that makes them, and layers that may have zeros."""

    graph: Graph
    groups: UnitGroups
    units: Mapping[str, int]  # group, by the name that stands for it
    layers: Mapping[str, int]  # position of the operator, by layer

    @staticmethod
    def of(tflite: bytes, names: Sequence[str], keepable: Sequence[str]) -> Space:
        """Return the space of a file.

        `names`: layers whose weights may be zero; `keepable`: those that may lose units. Raises
        InputError where the file has none of them.
        """
        graph = read_model(tflite)
        groups = unit_groups(graph)
        units: dict[str, int] = {}
        layers: dict[str, int] = {}
        for position, operator in enumerate(graph.operators):
            if operator.kind in ("CONV_2D", "FULLY_CONNECTED"):
                name = layer_named(graph, position, tuple(names))
                if name is not None:
                    layers[name] = position
        for number, group in enumerate(groups.groups):
            for position in group.makers:
                name = layer_named(graph, position, tuple(keepable))
                if name is not None and number not in units.values():
                    units[name] = number
        if not units and not layers:
            raise InputError(
                "nothing in this model can be made smaller",
                hint="search cuts units of Conv2D and Dense layers and zeroes their weights",
            )
        return Space(graph, groups, units, layers)

    def size(self, name: str) -> int:
        """Return the number of units of the group that a layer stands for."""
        return self.groups.groups[self.units[name]].size

    @property
    def whole(self) -> Shape:
        """The original's shape."""
        return Shape(tuple((name, self.size(name)) for name in self.units), ())

    @property
    def smallest(self) -> Shape:
        """One unit everywhere."""
        return Shape(tuple((name, 1) for name in self.units), ())

    def graph_of(self, shape: Shape) -> Graph:
        """Return the graph of the shape, with weights of the original."""
        counts = {self.units[name]: count for name, count in shape.keep}
        cut = without_units(self.graph, self.groups, counts)
        shares = {self.layers[name]: share for name, share in shape.zeros if share > 0}
        return with_zeros(cut, shares) if shares else cut

    def cost(self, shape: Shape, core: str, prefer: Prefer) -> ModelCost:
        """Return the shape's modelled cost. Raises InputError, ModelError."""
        return modelled_cost(self.graph_of(shape), core, prefer)

    def weights(self, shape: Shape) -> list[float]:
        """Return the logarithm (base 2) of the number of weights of each layer, zeros left out."""
        graph = self.graph_of(shape)
        found = []
        for operator in graph.operators:
            if operator.kind in ("CONV_2D", "FULLY_CONNECTED", "DEPTHWISE_CONV_2D"):
                data = graph.tensors[operator.inputs[1]].data
                assert data is not None
                found.append(math.log2(1 + int(np.count_nonzero(data))))
        return found

    def capacity(self, shape: Shape) -> float:
        """Return how much the shape can learn: the logarithms of its layers' weights, added up."""
        return sum(self.weights(shape))

    def drawn(self, generator: np.random.Generator) -> Shape:
        """Return a random shape: a common scale, layer by layer more or less of it."""
        scale = math.exp(generator.uniform(math.log(_LEAST), 0.0))
        keep = []
        for name in self.units:
            size = self.size(name)
            count = max(1, round(size * scale ** generator.uniform(0.4, 1.3)))
            if count > 2 and generator.random() < 0.5:
                count = min(size, -(-count // 4) * 4)  # whole blocks of filters
            keep.append((name, int(count)))
        zeros = [
            (name, float(generator.choice(ZEROS)) if generator.random() < 0.5 else 0.0)
            for name in self.layers
        ]
        return Shape(tuple(keep), tuple(zeros))

    def neighbour(self, shape: Shape, generator: np.random.Generator) -> Shape:
        """Return a shape that differs in one layer's units or zeros."""
        keep, zeros = dict(shape.keep), dict(shape.zeros)
        if keep and (not zeros or generator.random() < 0.6):
            name = str(generator.choice(list(keep)))
            step = max(1, round(0.2 * keep[name]))
            keep[name] = int(
                np.clip(keep[name] + generator.choice([-step, step]), 1, self.size(name))
            )
        else:
            name = str(generator.choice(list(zeros)))
            levels = (0.0, *ZEROS)
            place = min(range(len(levels)), key=lambda at: abs(levels[at] - zeros[name]))
            moved = place + int(generator.choice([-1, 1]))
            zeros[name] = levels[min(max(moved, 0), len(levels) - 1)]
        return Shape(tuple(keep.items()), tuple(zeros.items()))
