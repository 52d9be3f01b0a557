"""Constant folding: operators whose result is known before the model runs become constants.

Converters leave chains of SHAPE, STRIDED_SLICE, PACK and RESHAPE where a dimension is open, and
operators on weights. The batch of an open file is 1; shapes that the file records for tensors of an
open shape may be wrong and are computed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from harness.codegen.fixed_point import round_half_away
from harness.codegen.graph import Array, Graph, Operator, Quantisation, Tensor
from harness.codegen.operands import Operands, per_tensor
from harness.codegen.passes.constant_arithmetic import ARITHMETIC
from harness.codegen.passes.constant_values import (
    FAILURES,
    MOVING,
    SHAPING,
    Site,
)
from harness.codegen.passes.shapes import output_shapes
from harness.codegen.storage.constant_outputs import constant_outputs

_REAL = ("int8", "uint8", "int16")  # types that are quantised where they hold numbers


def fold_constants(graph: Graph) -> Graph:
    """Return the graph without operators that compute constants; their outputs have data.

    Operators that compute the model's outputs stay.
    """
    tensors = list(graph.tensors)
    operators: list[Operator] = []
    for operator in graph.operators:
        site = _site(tensors, operator)
        values = None
        if not set(operator.outputs) & set(graph.outputs):
            values = _values(site)
        if values is None:
            for tensor, shape in zip(site.outputs, output_shapes(site), strict=True):
                tensors[tensor.index] = replace(tensor, shape=shape)
            operators.append(operator)
            continue
        for tensor, value in zip(site.outputs, values, strict=True):
            tensors[tensor.index] = replace(tensor, data=value, shape=value.shape, open=False)
    return replace(graph, tensors=tuple(tensors), operators=tuple(operators))


def _site(tensors: Sequence[Tensor], operator: Operator) -> Site:
    return Site(
        operator,
        tuple(tensors[i] if i >= 0 else None for i in operator.inputs),
        tuple(tensors[i] for i in operator.outputs),
    )


def _values(site: Site) -> Sequence[Array] | None:
    """Return the outputs of an operator, None where they depend on the model's input."""
    if not site.outputs:
        return None
    kind, source = site.operator.kind, next(iter(site.sources), None)
    if source is not None and kind in ("SHAPE", "RANK"):
        values = np.array(source.shape if kind == "SHAPE" else len(source.shape))
        return [values.astype(site.outputs[0].dtype)]
    inputs = [tensor.data if tensor is not None else None for tensor in site.sources]
    known = all(t is None or t.data is not None for t in site.sources)
    if not inputs or inputs[0] is None or not known:
        return None
    try:
        with np.errstate(all="ignore"):
            values_ = _evaluated(site, inputs)
    except FAILURES:
        return None
    if values_ is None or len(values_) != len(site.outputs):
        return None
    fits = all(v.dtype.name == t.dtype for v, t in zip(values_, site.outputs, strict=True))
    return [np.ascontiguousarray(v).reshape(v.shape) for v in values_] if fits else None


def _evaluated(site: Site, inputs: Sequence[Array | None]) -> Sequence[Array] | None:
    kind, output = site.operator.kind, site.outputs[0]
    if kind == "DEQUANTIZE":
        values = dequantised(site.sources[0], output)
        return None if values is None else [values]
    if kind == "FULLY_CONNECTED":
        return [_layer(site)]
    if kind == "QUANTIZE":
        return _quantised(site.sources[0], output)
    if kind in MOVING:
        return MOVING[kind](site, inputs) if _keeps_quantisation(site) else None
    if kind in SHAPING:
        return SHAPING[kind](site, inputs)
    plain = all(t is None or t.quantisation is None or t.dtype not in _REAL for t in site.sources)
    return ARITHMETIC[kind](site, inputs) if kind in ARITHMETIC and plain else None


def _keeps_quantisation(site: Site) -> bool:
    """Return True where an operator that moves elements changes neither scale nor zero point."""

    def factors(tensor: Tensor) -> tuple[tuple[float, ...], tuple[int, ...]] | None:
        q: Quantisation | None = tensor.quantisation
        return (q.scales, q.zero_points) if q is not None else None

    moved = [t for t in site.sources if t is not None and t.dtype == site.outputs[0].dtype]
    return site.outputs[0].dtype not in _REAL or all(
        factors(t) == factors(site.outputs[0]) for t in moved
    )


def dequantised(source: Tensor | None, output: Tensor) -> Array | None:
    """Return the values of a constant of float16 or quantised int8 in float32, None for others."""
    if source is None or source.data is None or output.dtype != "float32":
        return None
    if source.dtype == "float16":
        return source.data.astype(np.float32)
    q = source.quantisation
    if source.dtype != "int8" or q is None:
        return None
    count = len(q.scales)
    axis = q.axis if count > 1 else 0
    if count > 1 and not (0 <= axis < len(source.shape) and source.shape[axis] == count):
        return None
    along = [count if dimension == axis else 1 for dimension in range(len(source.shape))]
    scales = np.array(q.scales, dtype=np.float32).reshape(along)
    zero_points = np.array(q.zero_points, dtype=np.int64).reshape(along)
    values: Array = scales * (source.data - zero_points).astype(np.float32)
    return values


def _quantised(source: Tensor | None, output: Tensor) -> Sequence[Array] | None:
    """Return float32 values in int8 or int16 (AffineQuantize: halves away from zero)."""
    q = output.quantisation
    if source is None or source.data is None or q is None or len(q.scales) != 1:
        return None
    if source.dtype != "float32" or output.dtype not in ("int8", "int16"):
        return None
    limits = np.iinfo(output.dtype)
    scaled = source.data.reshape(-1) / np.float32(q.scales[0])
    values = [round_half_away(float(x)) + q.zero_points[0] for x in scaled]
    return [np.clip(values, limits.min, limits.max).astype(output.dtype).reshape(source.shape)]


def _layer(site: Site) -> Array:
    """Return a fully connected layer's outputs; in int8 and float32."""
    source, weights = site.sources[0], site.sources[1]
    assert source is not None
    assert source.data is not None
    assert weights is not None
    assert weights.data is not None
    # the layer as the engine would run it: its input is no constant
    tensors = {t.index: t for t in (*site.sources, *site.outputs) if t is not None}
    tensors[source.index] = replace(source, data=None)
    places = {index: place for place, index in enumerate(tensors)}
    operator = replace(
        site.operator,
        inputs=tuple(places.get(i, -1) for i in site.operator.inputs),
        outputs=tuple(places[i] for i in site.operator.outputs),
    )
    op = Operands(Graph(tuple(tensors.values()), (operator,), (), ()), operator)
    units, depth = weights.shape
    if {source.dtype, weights.dtype, op.output.dtype} not in ({"int8"}, {"float32"}):
        raise ValueError("a layer of several types")
    is_float = source.dtype == "float32"
    bias = op.bias(2, "float32" if is_float else "int32", units)
    wide = "float32" if is_float else "int64"
    zero = 0 if is_float else per_tensor(op.activation(0))[1]
    rows = source.data.reshape(-1, depth).astype(wide) - np.array(zero, dtype=wide)
    sums = rows @ weights.data.astype(wide).T + bias.astype(wide)
    return np.stack([constant_outputs(op, row) for row in sums]).reshape(op.output.shape)
