"""Arithmetic on constants, as `constant_values`: int32, int64, bool and float32.

Quantised types have arithmetic of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from harness.codegen.fixed_point import float_limits
from harness.codegen.graph import Array
from harness.codegen.options import FusedOptions, ReduceOptions
from harness.codegen.passes.constant_values import Evaluator, Site, checked_size


def _pad(_: Site, inputs: Sequence[Any]) -> Sequence[Array]:
    margins = inputs[1].reshape(-1, 2)
    checked_size([n + int(a) + int(b) for n, (a, b) in zip(inputs[0].shape, margins, strict=True)])
    return [np.pad(inputs[0], margins)]


def reduced(function: Callable[..., Any]) -> Evaluator:
    """Return the evaluator of a reduction over constant axes."""

    def evaluate(site: Site, inputs: Sequence[Any]) -> Sequence[Array]:
        options = site.operator.options
        keep = isinstance(options, ReduceOptions) and options.keep_dims
        axes = {int(axis) % max(1, inputs[0].ndim) for axis in inputs[1].reshape(-1)}
        values = function(inputs[0], axis=tuple(axes), keepdims=keep)
        return [np.asarray(values, dtype=inputs[0].dtype)]

    return evaluate


def _elementwise(function: Callable[..., Any]) -> Evaluator:
    """Return the evaluator of a function of elements, with the fused activation."""

    def evaluate(site: Site, inputs: Sequence[Any]) -> Sequence[Array]:
        checked_size(np.broadcast_shapes(*(each.shape for each in inputs)))
        options, output = site.operator.options, site.outputs[0]
        values = np.asarray(function(*inputs), dtype=output.dtype)
        if isinstance(options, FusedOptions) and options.activation != "NONE":
            low, high = float_limits(options.activation)
            if output.dtype != "float32":
                limits = np.iinfo(output.dtype)
                low, high = max(low, limits.min), min(high, limits.max)
            values = np.clip(values, low, high).astype(output.dtype)
        return [values]

    return evaluate


def _divided(first: Any, second: Any) -> Any:
    """Quotient as in C: of integers towards 0."""
    if first.dtype.kind == "f":
        return first / second
    if not second.all():
        raise ValueError("a division by 0")
    return np.trunc(first.astype(np.float64) / second)


ARITHMETIC: Mapping[str, Evaluator] = {
    "PAD": _pad,
    "REDUCE_PROD": reduced(np.prod),
    "REDUCE_MAX": reduced(np.max),
    "REDUCE_MIN": reduced(np.min),
    "SUM": reduced(np.sum),
    "REDUCE_ALL": reduced(np.all),
    "REDUCE_ANY": reduced(np.any),
    "ADD": _elementwise(np.add),
    "SUB": _elementwise(np.subtract),
    "MUL": _elementwise(np.multiply),
    "DIV": _elementwise(_divided),
    "FLOOR_DIV": _elementwise(np.floor_divide),
    "FLOOR_MOD": _elementwise(np.mod),
    "MAXIMUM": _elementwise(np.maximum),
    "MINIMUM": _elementwise(np.minimum),
    "NEG": _elementwise(np.negative),
    "ABS": _elementwise(np.abs),
    "SQRT": _elementwise(np.sqrt),
    "RSQRT": _elementwise(lambda x: np.float32(1) / np.sqrt(x)),
    "SQUARE": _elementwise(np.square),
    "EXP": _elementwise(np.exp),
    "LOG": _elementwise(np.log),
    "POW": _elementwise(np.power),
    "EQUAL": _elementwise(np.equal),
    "NOT_EQUAL": _elementwise(np.not_equal),
    "GREATER": _elementwise(np.greater),
    "GREATER_EQUAL": _elementwise(np.greater_equal),
    "LESS": _elementwise(np.less),
    "LESS_EQUAL": _elementwise(np.less_equal),
    "LOGICAL_AND": _elementwise(np.logical_and),
    "LOGICAL_OR": _elementwise(np.logical_or),
    "LOGICAL_NOT": _elementwise(np.logical_not),
    "SELECT": _elementwise(np.where),
    "SELECT_V2": _elementwise(np.where),
}
