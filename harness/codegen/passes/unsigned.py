"""Quantised uint8 as int8: the same real values, with a zero point that is 128 less.

The engine computes in int8. Every quantised uint8 tensor of an operator becomes such an int8 one;
FLIP_SIGN, which subtracts 128, stands where it is an input or output of the model or is read by an
operator for which its numbers count (_RAW).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from harness.codegen.graph import Graph, Operator, Quantisation, Tensor
from harness.codegen.options import Options

FLIP_SIGN = "FLIP_SIGN"
_HALF = 128
# CAST takes the numbers themselves; means of uint8 round halves up, those of int8 away from 0.
_RAW = ("CAST", "AVERAGE_POOL_2D", "MEAN")


def signed(graph: Graph) -> Graph:
    """Return the graph with int8 in place of quantised uint8."""
    if not any(_unsigned(tensor) for tensor in graph.tensors):
        return graph
    twins = _Twins(list(graph.tensors), graph.operators[0].index if graph.operators else 0)
    ready = set[int]()  # twins that have a value
    operators: list[Operator] = []
    for operator in graph.operators:
        if operator.kind in _RAW:
            operators += twins.flips(operator.inputs, ready, graph, back=True)
            operators.append(operator)
            continue
        operators += twins.flips(operator.inputs, ready, graph, back=False)
        changed = twins.changed(operator)
        operators.append(changed)
        ready.update(old for old in operator.outputs if old in twins.of)
    operators += twins.flips(graph.outputs, ready, graph, back=True)
    return replace(graph, tensors=tuple(twins.tensors), operators=tuple(operators))


@dataclass
class _Twins:
    """The tensors with int8 twins of unsigned ones, by these tensors' indexes."""

    tensors: list[Tensor]
    index: int  # of the operators that are added
    of: dict[int, int] = field(default_factory=dict)
    written: set[int] = field(default_factory=set)  # unsigned tensors that have a value again

    def twin(self, index: int) -> int:
        """Return the index of the twin, of any other tensor its own."""
        if index < 0 or not _unsigned(self.tensors[index]):
            return index
        if index not in self.of:
            self.of[index] = len(self.tensors)
            self.tensors.append(_signed(self.tensors[index], len(self.tensors)))
        return self.of[index]

    def changed(self, operator: Operator) -> Operator:
        """Return the operator on twins; QUANTIZE of equal values without any arithmetic."""
        touched = any(i >= 0 and _unsigned(self.tensors[i]) for i in operator.inputs)
        touched |= any(_unsigned(self.tensors[i]) for i in operator.outputs)
        inputs, outputs = (
            tuple(self.twin(i) for i in side) for side in (operator.inputs, operator.outputs)
        )
        found = replace(operator, inputs=inputs, outputs=outputs)
        if touched and operator.kind == "QUANTIZE" and self._alike(inputs[0], outputs[0]):
            return replace(found, kind="RESHAPE", options=Options())
        return found

    def _alike(self, first: int, second: int) -> bool:
        one, two = self.tensors[first], self.tensors[second]
        if one.quantisation is None or two.quantisation is None or one.dtype != two.dtype:
            return False
        same = one.quantisation.scales == two.quantisation.scales
        return same and one.quantisation.zero_points == two.quantisation.zero_points

    def flips(
        self, needed: tuple[int, ...], ready: set[int], graph: Graph, *, back: bool
    ) -> list[Operator]:
        """Return the operators that give unsigned tensors, or their twins, a value."""
        found: list[Operator] = []
        for old in dict.fromkeys(needed):
            if old < 0 or not _unsigned(self.tensors[old]) or self.tensors[old].data is not None:
                continue
            twin = self.twin(old)
            if not back and old not in ready:
                found.append(self._flip(old, twin))
                ready.add(old)
            elif back and old in ready and old not in (*self.written, *graph.inputs):
                found.append(self._flip(twin, old))
                self.written.add(old)
        return found

    def _flip(self, source: int, result: int) -> Operator:
        return Operator(self.index, FLIP_SIGN, (source,), (result,), Options())


def _unsigned(tensor: Tensor) -> bool:
    return tensor.dtype == "uint8" and tensor.quantisation is not None


def _signed(tensor: Tensor, index: int) -> Tensor:
    known = tensor.quantisation
    assert known is not None
    points = tuple(point - _HALF for point in known.zero_points)
    data = None if tensor.data is None else (tensor.data ^ np.uint8(_HALF)).view(np.int8)
    return replace(
        tensor,
        index=index,
        dtype="int8",
        quantisation=Quantisation(known.scales, points, known.axis),
        data=data,
    )
