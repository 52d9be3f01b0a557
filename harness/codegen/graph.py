"""The model as codegen sees it: tensors and operators, free of flatbuffer details."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy.typing as npt

from harness.codegen.options import Options

Array = npt.NDArray[Any]

ITEM_BYTES = {"int8": 1, "int8_rows": 1, "uint8": 1, "bool": 1, "int16": 2, "float16": 2}
ITEM_BYTES |= {"int32": 4, "uint32": 4, "float32": 4, "int64": 8, "float64": 8}


@dataclass(frozen=True)
class Quantisation:
    """Affine quantisation: real = scale * (q - zero_point), per tensor or along `axis`."""

    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int


@dataclass(frozen=True, eq=False)
class Tensor:
    """One tensor; `data` is set for constants only, in the tensor's shape.

    A `variable` keeps its value between runs: the state of a recurrent operator.
    """

    index: int
    name: str
    dtype: str
    shape: tuple[int, ...]
    quantisation: Quantisation | None
    data: Array | None
    variable: bool = False

    @property
    def elements(self) -> int:
        """Number of elements."""
        return prod(self.shape)

    @property
    def bytes(self) -> int:
        """Size in bytes."""
        return self.elements * ITEM_BYTES.get(self.dtype, 0)


@dataclass(frozen=True)
class Operator:
    """One operator. `inputs` holds tensor indexes, -1 for an optional input that is absent.

    `intermediates` are tensors that are never stored: they only tell a quantisation.
    """

    index: int
    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Options
    intermediates: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Graph:
    """A whole model, operators in the order of execution.

    `kept` lists of activations that lost channels which of the file's are left (`dead_channels`).
    """

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    kept: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    def activations(self) -> tuple[int, ...]:
        """Indexes of all tensors that are computed or given at run time, by appearance."""
        outputs = (tensor for operator in self.operators for tensor in operator.outputs)
        produced = (tensor for tensor in outputs if self.tensors[tensor].elements > 0)
        return tuple(dict.fromkeys([*self.inputs, *produced]))

    def states(self) -> tuple[int, ...]:
        """Indexes of the variables that operators use: kept from run to run until reset."""
        used = (i for operator in self.operators for i in operator.inputs if i >= 0)
        return tuple(dict.fromkeys(i for i in used if self.tensors[i].variable))
