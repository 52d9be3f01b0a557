"""Kernel choice of operators that deal out or repeat elements: one copy with strides."""

from __future__ import annotations

from collections.abc import Sequence

from harness.codegen.calls import Call
from harness.codegen.lower.common import integers, same_quantisation
from harness.codegen.lower.moves import move, of_all_types
from harness.codegen.lower.support import OperatorSupport
from harness.codegen.operands import Operands, require
from harness.codegen.options import BlockOptions
from harness.codegen.strided import row_major


def depth_to_space(op: Operands) -> Call:
    """DEPTH_TO_SPACE: channels become blocks of pixels."""
    small, large = op.activation(0).shape, op.output.shape
    sizes, deep, wide = _blocks(op, small, large)
    return move(op, sizes, deep, 0, wide, 0)


def space_to_depth(op: Operands) -> Call:
    """SPACE_TO_DEPTH: blocks of pixels become channels."""
    large, small = op.activation(0).shape, op.output.shape
    sizes, deep, wide = _blocks(op, small, large)
    return move(op, sizes, wide, 0, deep, 0)


def _blocks(
    op: Operands, small: Sequence[int], large: Sequence[int]
) -> tuple[list[int], list[int], list[int]]:
    """Return sizes (rows, rows of a block, columns, ..., channels), and both images' steps."""
    same_quantisation(op.activation(0), op.output)
    require(len(small) == len(large) == 4, "a tensor without 4 dimensions")
    block = op.options(BlockOptions).block
    require(block >= 1, f"blocks of {block} pixels")
    batch, height, width, channels = small
    depth = channels // (block * block)
    fits = tuple(large) == (batch, height * block, width * block, depth)
    require(fits and depth * block * block == channels, f"shapes {small} and {large}")
    sizes = [batch, height, block, width, block, depth]
    deep = [height * width * channels, width * channels, block * depth, channels, depth, 1]
    row = width * block * depth
    wide = [height * block * row, block * row, row, block * depth, depth, 1]
    return sizes, deep, wide


def tile(op: Operands) -> Call:
    """TILE by constant factors."""
    source, output = op.activation(0), op.output
    same_quantisation(source, output)
    times = integers(op, 1)
    require(len(times) == len(source.shape), "factors of another rank")
    shape = tuple(n * t for n, t in zip(source.shape, times, strict=True))
    require(output.shape == shape, f"output shape {output.shape} where {shape} follows")
    sizes, reads, writes = [], [], []
    for n, t, step, to in zip(
        source.shape, times, row_major(source.shape), row_major(shape), strict=True
    ):
        sizes += [t, n]
        reads += [0, step]
        writes += [n * to, to]
    return move(op, sizes, reads, 0, writes, 0)


def broadcast_to(op: Operands) -> Call:
    """BROADCAST_TO a constant shape."""
    source, output = op.activation(0), op.output
    same_quantisation(source, output)
    shape = (1,) * (len(output.shape) - len(source.shape)) + source.shape
    fits = len(shape) == len(output.shape) and all(
        a in (1, b) for a, b in zip(shape, output.shape, strict=True)
    )
    require(fits, f"shapes {source.shape} and {output.shape}")
    reads = [step if n > 1 else 0 for n, step in zip(shape, row_major(shape), strict=True)]
    return move(op, output.shape, reads, 0, row_major(output.shape), 0)


_EQUAL = "one scale and zero point for input and output"
OPERATORS = (
    OperatorSupport(
        "DEPTH_TO_SPACE",
        "channels as blocks of pixels",
        of_all_types(depth_to_space),
        ("move",),
        (_EQUAL,),
    ),
    OperatorSupport(
        "SPACE_TO_DEPTH",
        "blocks of pixels as channels",
        of_all_types(space_to_depth),
        ("move",),
        (_EQUAL,),
    ),
    OperatorSupport(
        "TILE", "tensor repeated along its axes", of_all_types(tile), ("move",),
        ("constant factors", _EQUAL),
    ),
    OperatorSupport(
        "BROADCAST_TO", "tensor of a larger shape", of_all_types(broadcast_to), ("move",), (_EQUAL,)
    ),
)  # fmt: skip
