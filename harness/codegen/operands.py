"""Typed access to an operator's tensors; each refusal is an `Unsupported` with its reason."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from harness.codegen.calls import Unsupported
from harness.codegen.graph import Array, Graph, Operator, Tensor
from harness.codegen.options import Options

_Options = TypeVar("_Options", bound=Options)


@dataclass(frozen=True)
class Operands:
    """One operator and the graph it belongs to."""

    graph: Graph
    operator: Operator

    def options(self, kind: type[_Options]) -> _Options:
        """Return the operator's attributes. Raises TypeError where its kind has another class."""
        found = self.operator.options
        if not isinstance(found, kind):
            raise TypeError(f"{self.operator.kind} has {type(found).__name__}")
        return found

    @property
    def output(self) -> Tensor:
        """The single output."""
        if len(self.operator.outputs) != 1:
            raise Unsupported(f"{len(self.operator.outputs)} outputs")
        return self.graph.tensors[self.operator.outputs[0]]

    def activation(self, position: int) -> Tensor:
        """Return an input that is computed at run time."""
        tensor = self.tensor(position)
        if tensor is None or tensor.data is not None or tensor.variable:
            raise Unsupported(f"input {position} is not an activation")
        return tensor

    def value(self, position: int) -> Tensor:
        """Return an input that is computed at run time, or a constant."""
        return self.constant(position) if self.is_constant(position) else self.activation(position)

    def state(self, position: int, dtype: str, count: int) -> Tensor:
        """Return an input that keeps its value from run to run."""
        tensor = self.tensor(position)
        if tensor is None or not tensor.variable:
            raise Unsupported(f"input {position} is not a variable")
        if tensor.dtype != dtype or tensor.elements != count:
            raise Unsupported(f"a state of {tensor.dtype} {tensor.shape}, not {count} {dtype}")
        return tensor

    def absent(self, *positions: int) -> bool:
        """Return True where the operator has none of these optional inputs."""
        return all(self.tensor(position) is None for position in positions)

    def constant(self, position: int) -> Tensor:
        """Return an input whose data is in the file."""
        tensor = self.tensor(position)
        if tensor is None or tensor.data is None:
            raise Unsupported(f"input {position} is not a constant")
        return tensor

    def is_constant(self, position: int) -> bool:
        """Return True where the input's data is in the file."""
        tensor = self.tensor(position)
        return tensor is not None and tensor.data is not None

    def bias(self, position: int, dtype: str, count: int) -> Array:
        """Return the bias; zeros where there is none."""
        tensor = self.tensor(position)
        if tensor is None:
            return np.zeros(count, dtype=dtype)
        if tensor.dtype != dtype:
            raise Unsupported(f"bias of {tensor.dtype}")
        values = data_of(self.constant(position)).reshape(-1)
        if values.size != count:
            raise Unsupported(f"{values.size} biases for {count} channels")
        return values

    def tensor(self, position: int) -> Tensor | None:
        """Return an input, None for an optional one that is absent."""
        inputs = self.operator.inputs
        if position >= len(inputs) or inputs[position] < 0:
            return None
        return self.graph.tensors[inputs[position]]


def data_of(tensor: Tensor) -> Array:
    """Return a constant's data; float constants must be finite, as C literals are."""
    if tensor.data is None:
        raise Unsupported("a constant without data")
    if tensor.dtype == "float32" and not np.isfinite(tensor.data).all():
        raise Unsupported("weights that are infinite or not a number")
    return tensor.data


def require(condition: bool, reason: str) -> None:
    """Raise Unsupported with that reason unless the condition holds."""
    if not condition:
        raise Unsupported(reason)


def per_tensor(tensor: Tensor) -> tuple[float, int]:
    """Return scale and zero point of an int8 activation."""
    q = tensor.quantisation
    require(
        tensor.dtype == "int8" and q is not None and len(q.scales) == 1,
        f"tensor {tensor.index} has no int8 quantisation of one scale",
    )
    assert q is not None
    scale, zero_point = q.scales[0], q.zero_points[0]
    require(_usable(scale), f"tensor {tensor.index} has scale {scale}")
    require(-128 <= zero_point <= 127, f"tensor {tensor.index} has zero point {zero_point}")
    return scale, zero_point


def weight_scales(tensor: Tensor, axis: int, *, zeros: bool = False) -> tuple[float, ...]:
    """Return the scales of int8 weights: one, or one for each index of `axis`.

    Zero points must be 0. With `zeros` a filter whose weights are all 0 may have the scale 0,
    as some converters write it.
    """
    q = tensor.quantisation
    require(q is not None, "int8 weights without scales")
    assert q is not None
    require(not any(q.zero_points), "weights with a zero point other than 0 (uint8: 128)")
    if len(q.scales) > 1:
        require(
            q.axis == axis and len(q.scales) == tensor.shape[axis],
            f"weights with {len(q.scales)} scales along axis {q.axis}",
        )
    filters = np.moveaxis(data_of(tensor), axis, 0).reshape(len(q.scales), -1)
    usable = all(
        _usable(scale) or (zeros and scale == 0 and not weights.any())
        for scale, weights in zip(q.scales, filters, strict=True)
    )
    require(usable, "weights with a scale that is not positive")
    return q.scales


def _usable(scale: float) -> bool:
    return math.isfinite(scale) and scale > 0


def check_accumulator(
    weights: Array,
    bias: Array,
    offset_range: int,
    *,
    margins: Array | None = None,
    bits: int = 32,
) -> None:
    """Refuse int8 weights [channels, ...] whose sum could overflow `bits`, which is undefined in C.

    `offset_range` is the greatest distance of an input from its zero point. `margins` are what
    the kernel adds to or subtracts from each channel's sum; none by default.
    """
    taps = np.abs(weights.astype(np.int64)).reshape(weights.shape[0], -1).sum(axis=1)
    added = np.zeros(len(taps), np.int64) if margins is None else margins
    limit = 1 << (bits - 1)
    for tap, start, margin in zip(taps.tolist(), bias.tolist(), added.tolist(), strict=True):
        reach = tap * offset_range + margin
        fits = -limit <= start - reach and start + reach < limit
        require(fits, f"an accumulator could exceed {bits} bits")
