"""Shapes of outputs where the file leaves a dimension open.

Converters record such shapes for a batch of 1, but not reliably: behind a RESHAPE to a computed
shape, for example, they record 1 for what is unknown.
"""

from __future__ import annotations

from math import prod

import numpy as np

from harness.codegen.graph import Array
from harness.codegen.options import FullyConnectedOptions
from harness.codegen.passes.constant_arithmetic import reduced
from harness.codegen.passes.constant_values import (
    ELEMENTS_MAX,
    FAILURES,
    MOVING,
    Site,
    new_shape,
)

_SAME_SHAPE = frozenset(
    [
        "ABS",
        "CAST",
        "CEIL",
        "COS",
        "DEQUANTIZE",
        "ELU",
        "EXP",
        "FLOOR",
        "GELU",
        "HARD_SWISH",
        "L2_NORMALIZATION",
        "LEAKY_RELU",
        "LOG",
        "LOGICAL_NOT",
        "LOGISTIC",
        "LOG_SOFTMAX",
        "NEG",
        "QUANTIZE",
        "RELU",
        "RELU6",
        "RELU_N1_TO_1",
        "ROUND",
        "RSQRT",
        "SIN",
        "SOFTMAX",
        "SQRT",
        "SQUARE",
        "TANH",
    ]
)
_BROADCAST = frozenset(
    [
        "ADD",
        "DIV",
        "EQUAL",
        "GREATER",
        "GREATER_EQUAL",
        "LESS",
        "LESS_EQUAL",
        "LOGICAL_AND",
        "LOGICAL_OR",
        "MAXIMUM",
        "MINIMUM",
        "MUL",
        "NOT_EQUAL",
        "POW",
        "PRELU",
        "SELECT_V2",
        "SQUARED_DIFFERENCE",
        "SUB",
    ]
)
_REDUCTIONS = frozenset(
    ["MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD", "REDUCE_ALL", "REDUCE_ANY"]
)


def output_shapes(site: Site) -> list[tuple[int, ...]]:
    """Return the outputs' shapes: those of the file unless it leaves a dimension open."""
    recorded = [tensor.shape for tensor in site.outputs]
    if not any(tensor.open for tensor in site.outputs):
        return recorded
    try:
        shapes = _inferred(site)
    except FAILURES:
        return recorded
    fits = len(shapes) == len(recorded) and all(0 < prod(s) <= ELEMENTS_MAX for s in shapes)
    return shapes if fits else recorded


def _inferred(site: Site) -> list[tuple[int, ...]]:
    operator = site.operator
    sources = [tensor for tensor in site.sources if tensor is not None]
    first = sources[0].shape
    if operator.kind in _SAME_SHAPE:
        return [first]
    if operator.kind in _BROADCAST:
        return [tuple(np.broadcast_shapes(*(tensor.shape for tensor in sources)))]
    if operator.kind == "FULLY_CONNECTED":
        units, depth = sources[1].shape
        options = operator.options
        if isinstance(options, FullyConnectedOptions) and options.keep_num_dims:
            return [(*first[:-1], units)]
        return [(prod(first) // depth, units)]
    # the values do not matter: zeros without memory of their own
    inputs = [
        None if t is None else t.data if t.data is not None else _zeros(t.shape)
        for t in site.sources
    ]
    if operator.kind == "RESHAPE":
        return [new_shape(site, inputs)]
    evaluate = reduced(np.max) if operator.kind in _REDUCTIONS else MOVING.get(operator.kind)
    if evaluate is None:
        return [tensor.shape for tensor in site.outputs]
    return [value.shape for value in evaluate(site, inputs)]


def _zeros(shape: tuple[int, ...]) -> Array:
    return np.broadcast_to(np.zeros((), dtype=np.int8), shape)
