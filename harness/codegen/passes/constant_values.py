"""Values of operators whose inputs are all known before a model runs, computed with NumPy.

An evaluator takes the operator with its tensors and the inputs' arrays, None where an optional
input is absent, and returns one array for each output. It raises ValueError, or what NumPy raises,
for what it cannot compute. Evaluators of operators that move elements also give the shapes of
outputs (`passes.shapes`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from harness.codegen.calls import Unsupported
from harness.codegen.graph import Array, Operator, Tensor
from harness.codegen.options import (
    FusedOptions,
    GatherOptions,
    PieceOptions,
    SqueezeOptions,
    StridedSliceOptions,
)

ELEMENTS_MAX = 1 << 22  # of a result
# Raised by evaluators for inputs that contradict each other
FAILURES = (
    ValueError,
    IndexError,
    TypeError,
    OverflowError,
    AssertionError,
    MemoryError,
    Unsupported,
)


@dataclass(frozen=True, eq=False)
class Site:
    """An operator with its tensors; -1 among the inputs has none."""

    operator: Operator
    sources: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]


Evaluator = Callable[[Site, Sequence[Any]], Sequence[Array]]


def checked_size(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape. Raises ValueError where an array of it would be too large."""
    sizes = tuple(int(size) for size in shape)
    if any(size < 0 for size in sizes) or prod(sizes) > ELEMENTS_MAX:
        raise ValueError(f"a constant of shape {sizes}")
    return sizes


def new_shape(site: Site, inputs: Sequence[Any]) -> tuple[int, ...]:
    """Return RESHAPE's output shape; one size may be -1."""
    if len(inputs) < 2 or inputs[1] is None:
        return site.outputs[0].shape
    shape = [int(size) for size in inputs[1].reshape(-1)]
    source = site.sources[0]
    assert source is not None
    if -1 in shape:
        known = prod(size for size in shape if size != -1)
        shape[shape.index(-1)] = source.elements // known if known else 0
    if prod(shape) != source.elements:
        raise ValueError(f"shape {shape} of {source.elements} elements")
    return tuple(shape)


def _reshape(site: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    return [inputs[0].reshape(new_shape(site, inputs))]


def _squeeze(site: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    options = site.operator.options
    axes = options.axes if isinstance(options, SqueezeOptions) else ()
    return [np.squeeze(inputs[0], axis=axes or None)]


def _expand_dims(_: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    return [np.expand_dims(inputs[0], int(inputs[1].reshape(-1)[0]))]


def _transpose(_: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    return [np.transpose(inputs[0], [int(axis) for axis in inputs[1].reshape(-1)])]


def _axis(site: Site) -> int:
    options = site.operator.options
    assert isinstance(options, PieceOptions)
    if isinstance(options, FusedOptions) and options.activation != "NONE":
        raise ValueError(f"fused activation {options.activation}")
    return options.axis


def _concatenation(site: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    checked_size([sum(part.size for part in inputs)])
    return [np.concatenate(inputs, axis=_axis(site))]


def _pack(site: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    checked_size([sum(part.size for part in inputs)])
    return [np.stack(inputs, axis=_axis(site))]


def _unpack(site: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    return list(np.moveaxis(inputs[0], _axis(site), 0))


def _split(site: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    return np.split(inputs[1], len(site.outputs), axis=int(inputs[0].reshape(-1)[0]))


def _split_v(_: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    values, sizes, axis = inputs[0], inputs[1].reshape(-1), int(inputs[2].reshape(-1)[0])
    if -1 in sizes:
        rest = values.shape[axis] - int(sizes[sizes != -1].sum())
        sizes = np.where(sizes == -1, rest, sizes)
    return np.split(values, np.cumsum(sizes)[:-1], axis=axis)


def slice_index(options: StridedSliceOptions, bounds: Sequence[Sequence[int]]) -> tuple[Any, ...]:
    """Return NumPy's index for STRIDED_SLICE with bounds (begin, end, stride)."""
    index: list[Any] = []
    for place, (begin, end, stride) in enumerate(zip(*bounds, strict=True)):
        bit = 1 << place
        if options.ellipsis_mask & bit:
            index.append(...)
        elif options.new_axis_mask & bit:
            index.append(None)
        elif options.shrink_axis_mask & bit:
            index.append(begin)
        else:
            first = None if options.begin_mask & bit else begin
            last = None if options.end_mask & bit else end
            index.append(slice(first, last, stride))
    return tuple(index)


def _strided_slice(site: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    options = site.operator.options
    assert isinstance(options, StridedSliceOptions)
    bounds = [[int(value) for value in each.reshape(-1)] for each in inputs[1:4]]
    return [np.asarray(inputs[0][slice_index(options, bounds)])]


def _slice(_: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    values, begin, size = inputs[0], inputs[1].reshape(-1), inputs[2].reshape(-1)
    ends = [
        int(b) + int(s) if s >= 0 else n for b, s, n in zip(begin, size, values.shape, strict=True)
    ]
    return [values[tuple(slice(int(b), e) for b, e in zip(begin, ends, strict=True))]]


def _gather(site: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    options = site.operator.options
    assert isinstance(options, GatherOptions)
    if options.batch_dims:
        raise ValueError("a gather with batch dimensions")
    checked_size([inputs[0].size, inputs[1].size])
    return [np.take(inputs[0], inputs[1], axis=options.axis)]


def _fill(_: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    return [np.full(checked_size(inputs[0].reshape(-1)), inputs[1].reshape(-1)[0])]


def _tile(_: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    times = [int(n) for n in inputs[1].reshape(-1)]
    checked_size([inputs[0].size, *times])
    return [np.tile(inputs[0], times)]


def _broadcast_to(_: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    return [np.broadcast_to(inputs[0], checked_size(inputs[1].reshape(-1))).copy()]


def _broadcast_args(_: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    shapes = [tuple(int(n) for n in each.reshape(-1)) for each in inputs]
    return [np.array(np.broadcast_shapes(*shapes), dtype=inputs[0].dtype)]


def _range(_: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    begin, end, step = (each.reshape(-1)[0] for each in inputs)
    checked_size([max(0, int(-(-(float(end) - float(begin)) // float(step))))])
    return [np.arange(begin, end, step, dtype=inputs[0].dtype)]


def _cast(site: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    return [inputs[0].astype(site.outputs[0].dtype)]


def _copy(_: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    return [inputs[0]]


def _zeros(_: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    return [np.zeros_like(inputs[0])]


MOVING: Mapping[str, Evaluator] = {
    "RESHAPE": _reshape,
    "SQUEEZE": _squeeze,
    "EXPAND_DIMS": _expand_dims,
    "TRANSPOSE": _transpose,
    "CONCATENATION": _concatenation,
    "PACK": _pack,
    "UNPACK": _unpack,
    "SPLIT": _split,
    "SPLIT_V": _split_v,
    "STRIDED_SLICE": _strided_slice,
    "SLICE": _slice,
    "GATHER": _gather,
    "TILE": _tile,
    "BROADCAST_TO": _broadcast_to,
    "DENSIFY": _copy,
}
SHAPING: Mapping[str, Evaluator] = {
    "FILL": _fill,
    "RANGE": _range,
    "CAST": _cast,
    "ZEROS_LIKE": _zeros,
    "BROADCAST_ARGS": _broadcast_args,
}
