"""Random models with resource variables, for `op_models`: what the input of each run leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.engine.tflite_builder import TfliteBuilder

if TYPE_CHECKING:
    from tests.engine.one_operator import OpModel

_STEPS = 10  # reads, assignments and functions of a model


@dataclass
class Variables:
    """Writes variables of a model, with their first values in a subgraph of CALL_ONCE."""

    builder: TfliteBuilder
    first: TfliteBuilder = field(default_factory=TfliteBuilder)

    def __post_init__(self) -> None:
        self.builder.called.append(self.first)
        self.builder.operator("CALL_ONCE", [], [], InitSubgraphIndex=len(self.builder.called))

    def add(self, dtype: str, values: Any, name: str, *, container: str = "", **q: Any) -> None:
        """Give a variable its first value."""
        constant = self.first.tensor(dtype, np.shape(values), data=values, **q)
        handle = variable(self.first, name, container)
        self.first.operator("ASSIGN_VARIABLE", [handle, constant], [])


def variable(builder: TfliteBuilder, name: str, container: str = "") -> int:
    """The tensor of a new handle."""
    handle = builder.tensor("resource", ())
    builder.operator("VAR_HANDLE", [], [handle], SharedName=name, Container=container)
    return handle


def stream(m: OpModel) -> None:
    """Rows of the input and of variables, joined, cut, assigned and read in any order."""
    q, columns = m.quantisation(), int(m.rng.integers(1, 4))
    b, rng = m.builder, m.rng
    variables = Variables(b)
    names = [("a", ""), ("a", "other"), ("b", "")][: int(rng.integers(1, 4))]
    rows = {name: int(rng.integers(1, 5)) for name in names}
    for name in names:
        shape = (1, rows[name], columns)
        values = m.values(shape) if rng.random() < 0.5 else np.zeros(shape)
        variables.add(m.dtype, values, name[0], container=name[1], **q)
    handles = [(name, variable(b, *name)) for name in (*names, *names[:1])]
    start = m.tensor((1, int(rng.integers(1, 4)), columns), q)
    known = [(start, b.tensors[start].shape[1])]  # tensors with their rows

    def drawn() -> tuple[int, int]:
        return known[int(rng.integers(len(known)))]

    for _ in range(_STEPS):
        (name, handle), kind = handles[int(rng.integers(len(handles)))], rng.random()
        if kind < 0.4:
            read = m.tensor((1, rows[name], columns), q)
            b.operator("READ_VARIABLE", [handle], [read])
            known.append((read, rows[name]))
        elif kind < 0.7:
            b.operator("ASSIGN_VARIABLE", [handle, _last(m, q, rows[name], drawn, columns)], [])
        elif kind < 0.85:
            tensor, count = drawn()
            known.append((m.copy(tensor, (1, count, columns), q), count))
        else:
            tensor, count = drawn()
            wide = m.tensor((1, count * columns), q)
            b.operator("RESHAPE", [tensor, m.integers([1, count * columns])], [wide])
            back = m.tensor((1, count, columns), q)
            b.operator("RESHAPE", [wide, m.integers([1, count, columns])], [back])
            known.append((back, count))
    picked = [known[int(i)] for i in rng.permutation(len(known))[: int(rng.integers(1, 5))]]
    m.finish(start, _joined(m, q, [*picked, known[-1]], columns))


def _last(m: OpModel, q: dict[str, Any], rows: int, drawn: Any, columns: int) -> int:
    """A tensor of that many rows: one that is there, a constant, or the last rows of several."""
    parts = [drawn()]
    if parts[0][1] == rows:
        return int(parts[0][0])
    if m.rng.random() < 0.1:
        return m.tensor((1, rows, columns), q, m.values((1, rows, columns)))
    while sum(count for _, count in parts) < rows:
        parts.append(drawn())
    total = sum(count for _, count in parts)
    joined = _joined(m, q, parts, columns)
    if total == rows:
        return joined
    cut = m.tensor((1, rows, columns), q)
    bounds = [m.integers(v) for v in ([0, total - rows, 0], [1, total, columns], [1, 1, 1])]
    m.builder.operator("STRIDED_SLICE", [joined, *bounds], [cut])
    return cut


def _joined(m: OpModel, q: dict[str, Any], parts: Sequence[tuple[int, int]], columns: int) -> int:
    result = m.tensor((1, sum(count for _, count in parts), columns), q)
    m.builder.operator("CONCATENATION", [tensor for tensor, _ in parts], [result], Axis=1)
    return result
