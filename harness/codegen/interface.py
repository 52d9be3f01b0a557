"""Interface of a model: the ordered tensors of its inputs or outputs, and samples of them.

A sample is the values of all inputs, one behind the other; an answer those of all outputs. Samples
of one tensor are an array (N, ...) of its type; of several, a record array (N,) with a field for
each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from harness.codegen.graph import Array, Graph, sample_shape

_INDEXED = {"GATHER": (1, 0), "EMBEDDING_LOOKUP": (0, 1)}  # places of indexes and table
_HANDED_ON = ("RESHAPE", "EXPAND_DIMS", "SQUEEZE", "CAST", "TRANSPOSE")  # the first input
TYPES = ("float32", "int8", "uint8", "int16", "int32", "bool")


class Named(Protocol):
    """A tensor of an interface."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def dtype(self) -> str: ...  # noqa: D102
    @property
    def sample_shape(self) -> tuple[int, ...]: ...  # noqa: D102


@dataclass(frozen=True)
class TensorInfo:
    """An input or output of a model."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    scale: float | None  # None of a tensor that is not quantised
    zero_point: int | None  # None of a tensor that is not quantised
    bytes: int
    offset: int  # in the arena, bytes
    rows: int = 0  # least number of rows of the tables that it indexes, 0 of others

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of one sample."""
        return sample_shape(self.shape)


@dataclass(frozen=True)
class Interface:
    """The inputs or the outputs of a model, in the file's order; at least one."""

    tensors: tuple[TensorInfo, ...]

    def __iter__(self) -> Iterator[TensorInfo]:
        return iter(self.tensors)

    def __len__(self) -> int:
        return len(self.tensors)

    @property
    def first(self) -> TensorInfo:
        """The first tensor."""
        return self.tensors[0]

    @property
    def single(self) -> bool:
        """True of one tensor: samples are plain arrays."""
        return len(self.tensors) == 1

    @property
    def bytes(self) -> int:
        """Size of one sample."""
        return sum(tensor.bytes for tensor in self.tensors)

    @property
    def names(self) -> tuple[str, ...]:
        """Field names of samples, one for each tensor."""
        return field_names(self.tensors)


def field_names(tensors: Sequence[Named]) -> tuple[str, ...]:
    """Return the tensors' names, with a number behind those that are empty or occur before."""
    names: list[str] = []
    for place, tensor in enumerate(tensors):
        name = tensor.name or f"tensor_{place}"
        while name in names:
            name += f"_{place}"
        names.append(name)
    return tuple(names)


def sample_type(tensors: Sequence[Named]) -> np.dtype:
    """Return the type of one sample: a subarray of one tensor, a record of several."""
    kinds = [np.dtype((tensor.dtype, tensor.sample_shape)) for tensor in tensors]
    if len(kinds) == 1:
        return kinds[0]
    return np.dtype(list(zip(field_names(tensors), kinds, strict=True)))


def indexed_rows(graph: Graph, tensor: int) -> int:
    """Return the least number of rows that a tensor picks from; 0 where it is no index."""
    found: list[int] = []
    same = {tensor}
    for operator in graph.operators:
        if operator.kind in _INDEXED:
            place, table = _INDEXED[operator.kind]
            if operator.inputs[place] in same:
                axis = getattr(operator.options, "axis", 0)
                found.append(graph.tensors[operator.inputs[table]].shape[axis])
        if operator.kind in _HANDED_ON and operator.inputs[0] in same:
            same.update(operator.outputs)
    return min(found, default=0)


def read_samples(data: bytes, tensors: Sequence[Named]) -> Array:
    """Return the samples (N, ...) or records (N,) in bytes. Raises ValueError."""
    found: Array = np.frombuffer(data, dtype=sample_type(tensors))
    return found


def fits(samples: Array, tensors: Sequence[Named]) -> bool:
    """Return True where samples (N, ...) have the type and shape of the interface."""
    like = np.empty(0, sample_type(tensors))
    return samples.ndim > 0 and samples.dtype == like.dtype and samples.shape[1:] == like.shape[1:]
