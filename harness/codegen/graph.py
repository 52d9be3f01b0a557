"""The model as codegen sees it: tensors and operators, free of flatbuffer details."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy.typing as npt

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
class Options:
    """Attributes of an operator; those its kind does not have keep their defaults."""

    padding: str = "VALID"
    stride_h: int = 1
    stride_w: int = 1
    dilation_h: int = 1
    dilation_w: int = 1
    filter_h: int = 1
    filter_w: int = 1
    activation: str = "NONE"
    beta: float = 1.0
    keep_num_dims: bool = False
    shuffled_weights: bool = False
    axis: int = 0
    alpha: float = 0.0
    begin_mask: int = 0
    end_mask: int = 0
    ellipsis_mask: int = 0
    new_axis_mask: int = 0
    shrink_axis_mask: int = 0
    align_corners: bool = False
    half_pixel_centers: bool = False
    asymmetric: bool = False  # of hybrid operators: quantised inputs have zero points
    pot_scale: bool = True  # of int16 sums: scales may be powers of two, and are shifts then
    cell_clip: float = 0.0  # of recurrent operators; 0 clips nothing
    proj_clip: float = 0.0
    time_major: bool = False
    diagonal: bool = False  # recurrent weights are diagonals
    basic: bool = False  # the old form of LSTM
    rank: int = 1  # of an SVDF: filters of one unit
    begin: int = 0  # where the piece of a split or concatenation starts, see `pieces`


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
