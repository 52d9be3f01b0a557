"""Constants that a file stores in a compact form: sparse tensors and int4.

Sparse storage is that of TFLite's schema (SparsityParameters): a tensor's dimensions, and blocks of
some of them, are levels of a tree in `traversal_order`; a dense level has all indexes, a sparse one
the listed ones of each parent.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tflite

from harness.codegen.graph import Array
from harness.codegen.read_options import indexes
from harness.errors import DamagedModel, ModelError

_ELEMENTS_MAX = 1 << 24  # of a sparse tensor: a small file must not ask for all memory
_VECTORS = {1: tflite.Int32Vector, 2: tflite.Uint16Vector, 3: tflite.Uint8Vector}
_SPARSE = 1  # DimensionType.SPARSE_CSR


def unpacked_int4(raw: Array, count: int, where: str) -> Array:
    """Return int4 values, two a byte with the first in the lower half, as int8 (count,)."""
    if raw.size != (count + 1) // 2:
        raise DamagedModel(f"has {raw.size} bytes of data for {count} int4", where=where)
    halves = np.stack([raw & 15, raw >> 4], axis=1).reshape(-1)[:count].astype(np.int8)
    return np.where(halves > 7, halves - 16, halves).astype(np.int8)


def densified(source: Any, values: Array, shape: tuple[int, ...], where: str) -> Array:
    """Return a sparse tensor's values in its shape, with zeros where nothing is stored.

    `source` is the table SparsityParameters, `values` (stored,) are those of the buffer. Raises
    DamagedModel where they contradict each other.
    """
    if int(np.prod(shape, dtype=np.int64)) > _ELEMENTS_MAX:
        raise ModelError(f"a sparse tensor of shape {shape} is too large", where=where)
    order, blocked = indexes(source.TraversalOrderAsNumpy()), indexes(source.BlockMapAsNumpy())
    rank, levels = len(shape), len(shape) + len(blocked)
    known = sorted(order) == list(range(levels)) and source.DimMetadataLength() == levels
    if not known or not set(blocked) <= set(range(rank)):
        raise DamagedModel("has sparse storage of other dimensions than its shape", where=where)
    try:
        coordinates = _coordinates(source, order, values.size)
    except (IndexError, ValueError) as error:
        raise DamagedModel("has damaged sparse storage", where=where) from error
    places = [coordinates[axis] for axis in range(rank)]
    for block, axis in enumerate(blocked):
        size = source.DimMetadata(order.index(rank + block)).DenseSize()
        places[axis] = places[axis] * size + coordinates[rank + block]
    inside = all(
        bool(((place >= 0) & (place < size)).all())
        for place, size in zip(places, shape, strict=True)
    )
    if not inside or places[0].size != values.size:
        raise DamagedModel("has sparse values outside its shape", where=where)
    dense = np.zeros(shape, dtype=values.dtype)
    dense[tuple(places)] = values
    return dense


def _coordinates(source: Any, order: tuple[int, ...], count: int) -> dict[int, Array]:
    """Return the index of each stored value along each level, by the level's dimension."""
    found: dict[int, Array] = {}
    position = np.zeros(1, dtype=np.int64)  # of each node in its level
    for place, dimension in enumerate(order):
        level = source.DimMetadata(place)
        if level.Format() == _SPARSE:
            segments = _vector(level.ArraySegmentsType(), level.ArraySegments())
            listed = _vector(level.ArrayIndicesType(), level.ArrayIndices())
            lengths = segments[position + 1] - segments[position]
            begins = np.repeat(segments[position], _within(lengths, count))
            starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
            nodes = begins + np.arange(begins.size) - starts
            index = listed[nodes]
        else:
            size = level.DenseSize()
            lengths = _within(np.full(position.size, size), count)
            index = np.tile(np.arange(size), position.size)
            nodes = np.repeat(position * size, lengths) + index
        found = {key: np.repeat(values, lengths) for key, values in found.items()}
        found[dimension], position = index, nodes
    if not np.array_equal(position, np.arange(count)):
        raise ValueError("values in another order")
    return found


def _within(lengths: Array, count: int) -> Array:
    """Return the numbers of children. Raises ValueError for more than the stored values."""
    if (lengths < 0).any() or int(lengths.sum()) > max(count, 1 << 16):
        raise ValueError("more nodes than values")
    return lengths


def _vector(kind: int, table: Any) -> Array:
    """Return a SparseIndexVector. Raises ValueError for another type."""
    if kind not in _VECTORS or table is None:
        raise ValueError("no index vector")
    vector: Any = _VECTORS[kind]()
    vector.Init(table.Bytes, table.Pos)
    return np.array(indexes(vector.ValuesAsNumpy()), dtype=np.int64)
