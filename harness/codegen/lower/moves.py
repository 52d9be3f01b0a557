"""Kernel choice of operators that move elements, for all types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import prod

from harness.codegen.calls import ALIAS, Call
from harness.codegen.constants import WalkConstants
from harness.codegen.graph import ITEM_BYTES
from harness.codegen.lower.common import axis_of, integers, same_quantisation
from harness.codegen.lower.support import (
    BOOL,
    FLOAT32,
    INT8,
    INT16,
    INT32,
    UINT8,
    Lowering,
    OperatorSupport,
    Types,
)
from harness.codegen.operands import Operands, data_of, require
from harness.codegen.options import PieceOptions, StridedSliceOptions
from harness.codegen.strided import merged, row_major, table
from harness.codegen.structs import MoveParams

_MOVED = ("int8", "uint8", "int16", "int32", "bool", "float32")


def alias(op: Operands) -> Call:
    """RESHAPE, SQUEEZE and EXPAND_DIMS: the same bytes under another shape."""
    source, output = op.activation(0), op.output
    require(source.bytes == output.bytes and source.dtype == output.dtype, "a change of size")
    return Call(kernel=ALIAS, inputs=(source.index,), output=output.index)


def transpose(op: Operands) -> Call:
    """TRANSPOSE."""
    source, output = op.activation(0), op.output
    order = integers(op, 1)
    require(sorted(order) == list(range(len(source.shape))), f"permutation {order}")
    require(output.shape == tuple(source.shape[axis] for axis in order), "an output shape")
    steps = row_major(source.shape)
    return move(op, output.shape, [steps[a] for a in order], 0, row_major(output.shape), 0)


def join_piece(op: Operands) -> Call:
    """Copy one input of CONCATENATION or PACK to its place in the output."""
    options = op.options(PieceOptions)
    require(options.activation == "NONE", f"fused activation {options.activation}")
    source, output = op.value(0), op.output
    same_quantisation(source, output)
    axis = axis_of(options.axis, output)
    shape = source.shape
    if op.operator.kind == "PACK":
        shape = (*shape[:axis], 1, *shape[axis:])
    _check_piece(options.begin, shape, output.shape, axis)
    steps = row_major(output.shape)
    return move(op, shape, row_major(shape), 0, steps, options.begin * steps[axis])


def split_piece(op: Operands) -> Call:
    """Copy one output of SPLIT, SPLIT_V or UNPACK from its place in the input."""
    options = op.options(PieceOptions)
    source, output = op.activation(0), op.output
    same_quantisation(source, output)
    axis = axis_of(options.axis, source)
    shape = output.shape
    if op.operator.kind == "UNPACK":
        shape = (*shape[:axis], 1, *shape[axis:])
    _check_piece(options.begin, shape, source.shape, axis)
    steps = row_major(source.shape)
    return move(op, shape, steps, options.begin * steps[axis], row_major(shape), 0)


def _check_piece(begin: int, piece: Sequence[int], whole: Sequence[int], axis: int) -> None:
    require(begin >= 0, "pieces that do not fill the output")
    fits = len(piece) == len(whole) and all(
        p == w if a != axis else begin + p <= w
        for a, (p, w) in enumerate(zip(piece, whole, strict=True))
    )
    require(fits, f"a piece of shape {tuple(piece)} of {tuple(whole)}")


def strided_slice(op: Operands) -> Call:
    """STRIDED_SLICE with constant bounds and without new axes."""
    source, output, o = op.activation(0), op.output, op.options(StridedSliceOptions)
    require(not o.ellipsis_mask and not o.new_axis_mask, "an ellipsis or a new axis")
    begin, end, stride = (integers(op, position) for position in (1, 2, 3))
    rank = len(source.shape)
    require(len(begin) == len(end) == len(stride) <= rank, "bounds of another rank")
    sizes, starts, steps = [], [], []
    for axis, size in enumerate(source.shape):
        if axis >= len(begin):
            picked = range(size)
        else:
            require(stride[axis] != 0, "a stride of 0")
            first = None if o.begin_mask >> axis & 1 else begin[axis]
            last = None if o.end_mask >> axis & 1 else end[axis]
            if o.shrink_axis_mask >> axis & 1:
                require(-size <= begin[axis] < size, f"index {begin[axis]} of {size}")
                picked = range(begin[axis] % size, begin[axis] % size + 1)
            else:
                picked = range(size)[first : last : stride[axis]]
        require(len(picked) > 0, "an empty slice")
        sizes.append(len(picked))
        starts.append(picked[0])
        steps.append(picked.step)
    require(prod(sizes) == output.elements, f"output shape {output.shape}")
    layout = row_major(source.shape)
    start = sum(s * step for s, step in zip(starts, layout, strict=True))
    walk = [a * b for a, b in zip(steps, layout, strict=True)]
    return move(op, sizes, walk, start, row_major(sizes), 0)


def slice_(op: Operands) -> Call:
    """SLICE with constant begin and size."""
    source, output = op.activation(0), op.output
    begin, size = integers(op, 1), integers(op, 2)
    require(len(begin) == len(size) == len(source.shape), "bounds of another rank")
    sizes = [n - b if s == -1 else s for b, s, n in zip(begin, size, source.shape, strict=True)]
    inside = all(
        b >= 0 and s >= 1 and b + s <= n for b, s, n in zip(begin, sizes, source.shape, strict=True)
    )
    require(inside and tuple(sizes) == output.shape, f"begin {begin} and size {size}")
    layout = row_major(source.shape)
    start = sum(b * step for b, step in zip(begin, layout, strict=True))
    return move(op, sizes, layout, start, row_major(sizes), 0)


def reverse(op: Operands) -> Call:
    """REVERSE_V2 along constant axes."""
    source, output = op.activation(0), op.output
    same_quantisation(source, output)
    require(source.shape == output.shape, "shapes that differ")
    axes = {axis_of(axis, source) for axis in integers(op, 1)}
    layout = row_major(source.shape)
    steps = [-step if axis in axes else step for axis, step in enumerate(layout)]
    start = sum((source.shape[axis] - 1) * layout[axis] for axis in axes)
    return move(op, source.shape, steps, start, layout, 0)


def move(
    op: Operands,
    sizes: Sequence[int],
    in_steps: Sequence[int],
    in_start: int,
    out_steps: Sequence[int],
    out_start: int,
) -> Call:
    """Return a call that copies runs, also of a constant; steps and starts in elements."""
    params, constants = walk(op, sizes, in_steps, in_start, out_steps, out_start)
    if op.is_constant(0):
        return Call(
            kernel="engine_move_constant",
            inputs=(),
            output=op.output.index,
            params=params,
            constants=replace(constants, operand=data_of(op.constant(0))),
        )
    return Call(
        kernel="engine_move",
        inputs=(op.activation(0).index,),
        output=op.output.index,
        params=params,
        constants=constants,
    )


def walk(
    op: Operands,
    sizes: Sequence[int],
    in_steps: Sequence[int],
    in_start: int,
    out_steps: Sequence[int],
    out_start: int,
) -> tuple[MoveParams, WalkConstants]:
    """Return runs between two layouts; steps and starts in elements."""
    source, output = op.value(0), op.output
    require(source.dtype == output.dtype and source.dtype in _MOVED, f"type {source.dtype}")
    item = ITEM_BYTES[source.dtype]
    dimensions = merged(list(zip(sizes, in_steps, out_steps, strict=True)))
    run = 1
    if dimensions and dimensions[-1][1:] == (1, 1):
        run = dimensions.pop()[0]
    in_bytes = [(size, a * item, b * item) for size, a, b in dimensions]
    params = MoveParams(
        input_offset=in_start * item, output_offset=out_start * item, run=run * item
    )
    return params, WalkConstants(dims=table(in_bytes, 2))


def of_all_types(lowering: Lowering) -> dict[Types, Lowering]:
    """Return the table of an operator that copies elements."""
    return dict.fromkeys((INT8, FLOAT32, INT16, INT32, BOOL, UINT8), lowering)


_EQUAL = "one scale and zero point for inputs and outputs"
_MOVE = ("move",)
OPERATORS = (
    OperatorSupport("RESHAPE", "another shape, without a copy", of_all_types(alias)),
    OperatorSupport("SQUEEZE", "axes of size 1 removed, without a copy", of_all_types(alias)),
    OperatorSupport("EXPAND_DIMS", "an axis of size 1 added, without a copy", of_all_types(alias)),
    OperatorSupport(
        "TRANSPOSE",
        "axes in another order",
        of_all_types(transpose),
        _MOVE,
        ("constant permutation",),
    ),
    OperatorSupport(
        kind="CONCATENATION",
        summary="tensors joined along an axis",
        lowerings=of_all_types(join_piece),
        kernels=_MOVE,
        restrictions=("no fused activation", _EQUAL),
    ),
    OperatorSupport(
        "PACK", "tensors stacked along a new axis", of_all_types(join_piece), _MOVE, (_EQUAL,)
    ),
    OperatorSupport(
        "UNPACK", "slices of size 1 along an axis", of_all_types(split_piece), _MOVE, (_EQUAL,)
    ),
    OperatorSupport(
        "SPLIT",
        "equal parts along an axis",
        of_all_types(split_piece),
        _MOVE,
        ("constant axis", _EQUAL),
    ),
    OperatorSupport(
        kind="SPLIT_V",
        summary="parts of given sizes along an axis",
        lowerings=of_all_types(split_piece),
        kernels=_MOVE,
        restrictions=("constant axis", _EQUAL),
    ),
    OperatorSupport("SLICE", "a block", of_all_types(slice_), _MOVE, ("constant begin and size",)),
    OperatorSupport(
        kind="STRIDED_SLICE",
        summary="a block with steps",
        lowerings=of_all_types(strided_slice),
        kernels=_MOVE,
        restrictions=("constant bounds", "no ellipsis and no new axis"),
    ),
    OperatorSupport(
        "REVERSE_V2", "axes reversed", of_all_types(reverse), _MOVE, ("constant axes", _EQUAL)
    ),
)
