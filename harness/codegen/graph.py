"""Tensors and operators of a model, without details of the flatbuffer."""

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


def sample_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of one sample of an input or output: without a leading 1, the batch.

    Files of a fixed batch, or without any, take all that one call takes as one sample.
    """
    return shape[1:] if shape[:1] == (1,) else shape


@dataclass(frozen=True, eq=False)
class Tensor:
    """One tensor."""

    index: int
    name: str
    dtype: str
    shape: tuple[int, ...]
    quantisation: Quantisation | None
    data: Array | None  # values in the tensor's shape; None except for constants
    variable: bool = False  # the state of a recurrent operator, kept from run to run
    initial: Array | None = None  # a variable's value after a reset; None: zero, its zero point
    open: bool = False  # the file leaves a dimension open: `shape` is that for a batch of 1

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of one sample."""
        return sample_shape(self.shape)

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
    """One operator."""

    index: int
    kind: str
    inputs: tuple[int, ...]  # tensor indexes; -1 for an absent optional input
    outputs: tuple[int, ...]
    options: Options
    intermediates: tuple[int, ...] = ()  # tensors that only carry a quantisation, never stored


@dataclass(frozen=True, eq=False)
class Graph:
    """A whole model, operators in the order of execution."""

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    # Forms that no kernel runs, in words; `compile_model` names them with all others.
    problems: tuple[str, ...] = ()
    # Remaining channels, by tensor, of activations that lost channels (`dead_channels`).
    kept: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    def activations(self) -> tuple[int, ...]:
        """Return the indexes of tensors that are inputs or computed, in order of appearance."""
        outputs = (tensor for operator in self.operators for tensor in operator.outputs)
        produced = (
            tensor
            for tensor in outputs
            if self.tensors[tensor].elements > 0 and not self.tensors[tensor].variable
        )
        return tuple(dict.fromkeys([*self.inputs, *produced]))

    def states(self) -> tuple[int, ...]:
        """Return the indexes of the variables that operators use."""
        used = (i for operator in self.operators for i in operator.inputs if i >= 0)
        return tuple(dict.fromkeys(i for i in used if self.tensors[i].variable))

    def resources(self) -> tuple[int, ...]:
        """Return those states that are resource variables; the file has no tensor of them."""
        return tuple(i for i in self.states() if self.tensors[i].initial is not None)
