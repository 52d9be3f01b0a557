"""Random samples of any model: every input in its own type."""

from __future__ import annotations

import numpy as np

from harness.codegen import Graph
from harness.codegen.graph import Array, Tensor
from harness.codegen.interface import field_names, sample_type

# int32 without a meaning that the graph shows: far from the limits, so that sums do not overflow
_INT32 = 128
_INDEXED = {"GATHER": (1, 0), "EMBEDDING_LOOKUP": (0, 1)}  # places of the indexes and of the table
_SAME = ("RESHAPE", "EXPAND_DIMS", "SQUEEZE", "CAST", "TRANSPOSE")  # hand their first input on


def random_samples(graph: Graph, count: int, generator: np.random.Generator) -> Array:
    """Return uniform samples (count, ...), or records (count,) of several inputs.

    The whole range of int8, uint8 and int16, both values of bool, [-1, 1) of float32. int32 is
    below the rows of the table that it indexes, and small where it indexes none. Raises MemoryError
    and ValueError where they do not fit into memory.
    """
    sources = [graph.tensors[index] for index in graph.inputs]
    drawn = [_drawn(graph, source, count, generator) for source in sources]
    if len(drawn) == 1:
        return drawn[0]
    records = np.empty(count, sample_type(sources))
    for name, values in zip(field_names(sources), drawn, strict=True):
        records[name] = values
    return records


def _drawn(graph: Graph, source: Tensor, count: int, generator: np.random.Generator) -> Array:
    shape = (count, *source.sample_shape)
    drawn: Array
    if source.dtype == "float32":
        return generator.uniform(-1, 1, shape).astype(np.float32)
    if source.dtype == "bool":
        return generator.integers(0, 2, shape).astype(np.bool_)
    if source.dtype == "int32":
        rows = indexed_rows(graph, source.index)
        low, high = (0, rows - 1) if rows else (-_INT32, _INT32 - 1)
    else:
        low, high = np.iinfo(source.dtype).min, np.iinfo(source.dtype).max
    drawn = generator.integers(low, high, shape, source.dtype, endpoint=True)
    return drawn


def indexed_rows(graph: Graph, tensor: int) -> int:
    """Return the least number of rows that a tensor picks from; 0 where it is no index."""
    rows: list[int] = []
    same = {tensor}
    for operator in graph.operators:
        if operator.kind in _INDEXED:
            place, table = _INDEXED[operator.kind]
            if operator.inputs[place] in same:
                rows.append(_rows(graph, operator.inputs[table], operator.options))
        if operator.kind in _SAME and operator.inputs[0] in same:
            same.update(operator.outputs)
    return min(rows, default=0)


def _rows(graph: Graph, table: int, options: object) -> int:
    shape = graph.tensors[table].shape
    axis = getattr(options, "axis", 0)
    return shape[axis]
