"""Random samples of any model: every input in its own type."""

from __future__ import annotations

import numpy as np

from harness.codegen import Interface, TensorInfo
from harness.codegen.graph import Array
from harness.codegen.interface import sample_type

# int32 without a meaning that the graph shows: far from the limits, so that sums do not overflow
_INT32 = 128


def random_samples(inputs: Interface, count: int, generator: np.random.Generator) -> Array:
    """Return uniform samples (count, ...), or records (count,) of several inputs.

    The whole range of int8, uint8 and int16, both values of bool, [-1, 1) of float32. int32 is
    below the rows of the table that it indexes, and small where it indexes none. Raises MemoryError
    and ValueError where they do not fit into memory.
    """
    drawn = [_drawn(source, count, generator) for source in inputs]
    if inputs.single:
        return drawn[0]
    records = np.empty(count, sample_type(inputs.tensors))
    for name, values in zip(inputs.names, drawn, strict=True):
        records[name] = values
    return records


def _drawn(source: TensorInfo, count: int, generator: np.random.Generator) -> Array:
    shape = (count, *source.sample_shape)
    drawn: Array
    if source.dtype == "float32":
        return generator.uniform(-1, 1, shape).astype(np.float32)
    if source.dtype == "bool":
        return generator.integers(0, 2, shape).astype(np.bool_)
    if source.dtype == "int32":
        low, high = (0, source.rows - 1) if source.rows else (-_INT32, _INT32 - 1)
    else:
        low, high = np.iinfo(source.dtype).min, np.iinfo(source.dtype).max
    drawn = generator.integers(low, high, shape, source.dtype, endpoint=True)
    return drawn
