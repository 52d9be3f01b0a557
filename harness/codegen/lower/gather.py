"""Kernel choice of GATHER, GATHER_ND and EMBEDDING_LOOKUP: slices picked by indexes."""

from __future__ import annotations

from math import prod

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.constants import GatherConstants
from harness.codegen.graph import ITEM_BYTES, Array, Tensor
from harness.codegen.lower.common import axis_of, same_quantisation
from harness.codegen.lower.moves import of_all_types
from harness.codegen.lower.support import OperatorSupport
from harness.codegen.operands import Operands, data_of, require
from harness.codegen.options import GatherOptions
from harness.codegen.structs import GatherParams

_INDEXES = ("int32", "int64")


def gather(op: Operands) -> Call:
    """GATHER along an axis."""
    options = op.options(GatherOptions)
    require(options.batch_dims == 0, "batch dimensions")
    values, indexes = op.value(0), op.value(1)
    axis = axis_of(options.axis, values)
    shape = (*values.shape[:axis], *indexes.shape, *values.shape[axis + 1 :])
    require(op.output.shape == shape, f"output shape {op.output.shape} where {shape} follows")
    outer, inner = prod(values.shape[:axis]), prod(values.shape[axis + 1 :])
    return _pick(op, values, indexes, outer, values.shape[axis], inner)


def gather_nd(op: Operands) -> Call:
    """GATHER_ND with constant indexes, which become indexes of one axis."""
    values, indexes = op.value(0), op.constant(1)
    require(indexes.dtype in _INDEXES and len(indexes.shape) > 0, f"indexes of {indexes.dtype}")
    rank = indexes.shape[-1]
    require(1 <= rank <= len(values.shape), f"indexes of {rank} dimensions")
    sizes = values.shape[:rank]
    data = data_of(indexes).reshape(-1, rank).astype(np.int64)
    require(bool(((data >= 0) & (data < sizes)).all()), "an index outside the input")
    steps: list[int] = [prod(sizes[axis + 1 :]) for axis in range(rank)]
    flat: Array = data @ np.array(steps, dtype=np.int64)
    shape: tuple[int, ...] = (*indexes.shape[:-1], *values.shape[rank:])
    require(op.output.shape == shape, f"output shape {op.output.shape} where {shape} follows")
    return _call(op, values, flat, 1, prod(sizes), prod(values.shape[rank:]))


def embedding_lookup(op: Operands) -> Call:
    """EMBEDDING_LOOKUP: rows of a table of weights."""
    indexes, values = op.value(0), op.value(1)
    shape = (*indexes.shape, *values.shape[1:])
    require(op.output.shape == shape, f"output shape {op.output.shape} where {shape} follows")
    require(len(values.shape) > 1, "a table of one dimension")
    return _pick(op, values, indexes, 1, values.shape[0], prod(values.shape[1:]))


def _pick(op: Operands, values: Tensor, indexes: Tensor, outer: int, size: int, inner: int) -> Call:
    """Return the call of an operator with indexes along one axis of `size` slices."""
    require(indexes.dtype in _INDEXES, f"indexes of {indexes.dtype}")
    if indexes.data is not None:
        data = data_of(indexes).reshape(-1).astype(np.int64)
        require(bool(((data >= 0) & (data < size)).all()), "an index outside the input")
        return _call(op, values, data, outer, size, inner)
    require(indexes.dtype == "int32", "computed indexes of int64")
    same_quantisation(values, op.output)
    constants: Array | None
    params = _params(op, outer, indexes.elements, size, inner)
    if values.data is None:
        inputs: tuple[int, ...] = (values.index, indexes.index)
        kernel, constants = "engine_gather_at", None
    else:
        require(outer == 1, "a constant along another axis than the first")
        inputs = (indexes.index,)
        kernel, constants = "engine_lookup", data_of(values)
    return Call(
        kernel=kernel,
        inputs=inputs,
        output=op.output.index,
        params=params,
        constants=GatherConstants(operand=constants),
    )


def _call(op: Operands, values: Tensor, indexes: Array, outer: int, size: int, inner: int) -> Call:
    """Return the call for constant indexes."""
    require(values.data is None, "two constants")
    same_quantisation(values, op.output)
    return Call(
        kernel="engine_gather",
        inputs=(values.index,),
        output=op.output.index,
        params=_params(op, outer, len(indexes), size, inner),
        constants=GatherConstants(indexes=indexes.astype(np.int32)),
    )


def _params(op: Operands, outer: int, count: int, size: int, inner: int) -> GatherParams:
    item = ITEM_BYTES[op.output.dtype]
    return GatherParams(outer=outer, count=count, size=size, bytes=inner * item)


OPERATORS = (
    OperatorSupport(
        kind="GATHER",
        summary="slices along an axis, picked by indexes",
        lowerings=of_all_types(gather),
        kernels=("gather", "lookup"),
        weights=(0,),
        restrictions=("no batch dimensions", "a constant only along its first axis"),
    ),
    OperatorSupport(
        kind="GATHER_ND",
        summary="slices picked by indexes of several axes",
        lowerings=of_all_types(gather_nd),
        kernels=("gather",),
        restrictions=("constant indexes",),
    ),
    OperatorSupport(
        kind="EMBEDDING_LOOKUP",
        summary="rows of a table, picked by indexes",
        lowerings=of_all_types(embedding_lookup),
        kernels=("gather", "lookup"),
        sources=(1,),
        weights=(1,),
    ),
)
