"""Kernel choice: which kernel runs an operator, by its kind and the types of its tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from harness.codegen.calls import Call, Unsupported
from harness.codegen.cost import GENERIC, Work, cheaper, with_blocks
from harness.codegen.graph import Graph, Operator, Tensor
from harness.codegen.lower import (
    add,
    binary,
    conv,
    depthwise,
    fully_connected,
    l2_norm,
    lstm,
    moves,
    pool,
    quantise,
    reduce,
    resize,
    softmax,
    svdf,
    transpose_conv,
    unary,
)
from harness.codegen.operands import Operands, require
from harness.codegen.passes.fuse import with_pool
from harness.codegen.passes.hybrid import QUANTIZE_ROWS, ROWS
from harness.codegen.storage.packed import for_core
from harness.codegen.storage.plain import for_vectors
from harness.codegen.storage.sparse_layer import blocks_candidate, sparse_candidate
from harness.errors import ModelError

_Chooser = Callable[[Operands], Call]


@dataclass(frozen=True)
class _Choice:
    """A call, and the sparse ones that would do the same work."""

    call: Call
    sparse: tuple[Call, Work] | None
    blocks: tuple[Call, Work] | None


# of all types that are just moved
_MOVES: dict[str, _Chooser] = {
    "RESHAPE": moves.alias,
    "SQUEEZE": moves.alias,
    "EXPAND_DIMS": moves.alias,
    "TRANSPOSE": moves.transpose,
    "CONCATENATION": moves.join_piece,
    "PACK": moves.join_piece,
    "SPLIT": moves.split_piece,
    "SPLIT_V": moves.split_piece,
    "UNPACK": moves.split_piece,
    "STRIDED_SLICE": moves.strided_slice,
    "SLICE": moves.slice_,
    "REVERSE_V2": moves.reverse,
    "PAD": moves.pad,
    "PADV2": moves.pad,
    "RESIZE_NEAREST_NEIGHBOR": resize.nearest,
}

_REDUCTIONS = ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN")
_LSTM = ("LSTM", "UNIDIRECTIONAL_SEQUENCE_LSTM")
_ALIASES = ("RESHAPE", "SQUEEZE", "EXPAND_DIMS")

# (kind, type of the first input, types of further operands and of the output) -> chooser
_CHOOSERS: dict[tuple[str, str, str], _Chooser] = {
    ("CONV_2D", "int8", "int8"): conv.conv_s8,
    ("DEPTHWISE_CONV_2D", "int8", "int8"): depthwise.depthwise_s8,
    ("FULLY_CONNECTED", "int8", "int8"): fully_connected.fully_connected_s8,
    ("MAX_POOL_2D", "int8", "int8"): pool.pool_s8,
    ("AVERAGE_POOL_2D", "int8", "int8"): pool.pool_s8,
    ("SOFTMAX", "int8", "int8"): softmax.softmax_s8,
    ("QUANTIZE", "int8", "int8"): quantise.requantize_s8,
    ("QUANTIZE", "float32", "int8"): quantise.quantize_s8,
    ("DEQUANTIZE", "int8", "float32"): quantise.dequantize_s8,
    ("CONV_2D", "float32", "float32"): conv.conv_f32,
    ("DEPTHWISE_CONV_2D", "float32", "float32"): depthwise.depthwise_f32,
    ("FULLY_CONNECTED", "float32", "float32"): fully_connected.fully_connected_f32,
    ("MAX_POOL_2D", "float32", "float32"): pool.pool_f32,
    ("AVERAGE_POOL_2D", "float32", "float32"): pool.pool_f32,
    ("SOFTMAX", "float32", "float32"): softmax.softmax_f32,
    (QUANTIZE_ROWS, "float32", ROWS): quantise.quantize_rows,
    ("CONV_2D", ROWS, "float32"): conv.conv_hybrid,
    ("DEPTHWISE_CONV_2D", ROWS, "float32"): depthwise.depthwise_hybrid,
    ("FULLY_CONNECTED", ROWS, "float32"): fully_connected.fully_connected_hybrid,
    ("CONV_2D", "int16", "int16"): conv.conv_s16,
    ("DEPTHWISE_CONV_2D", "int16", "int16"): depthwise.depthwise_s16,
    ("FULLY_CONNECTED", "int16", "int16"): fully_connected.fully_connected_s16,
    ("MAX_POOL_2D", "int16", "int16"): pool.pool_s16,
    ("AVERAGE_POOL_2D", "int16", "int16"): pool.pool_s16,
    ("SOFTMAX", "int16", "int16"): softmax.softmax_s16,
    ("ADD", "int16", "int16"): add.add_s16,
    ("QUANTIZE", "int16", "int16"): quantise.requantize_s16,
    ("QUANTIZE", "int16", "int8"): quantise.requantize_s16,
    ("QUANTIZE", "float32", "int16"): quantise.quantize_s16,
    ("DEQUANTIZE", "int16", "float32"): quantise.dequantize_s16,
    ("RELU", "int16", "int16"): quantise.requantize_s16,
    ("RELU6", "int16", "int16"): quantise.requantize_s16,
    **{(kind, "int16", "int16"): moves.alias for kind in _ALIASES},
    **{(kind, "int8", "int8"): reduce.reduce_s8 for kind in _REDUCTIONS},
    **{(kind, "float32", "float32"): reduce.reduce_f32 for kind in _REDUCTIONS},
    ("RESIZE_BILINEAR", "int8", "int8"): resize.bilinear_s8,
    ("RESIZE_BILINEAR", "float32", "float32"): resize.bilinear_f32,
    ("SVDF", "int8", "int8"): svdf.svdf_s8,
    ("SVDF", "float32", "float32"): svdf.svdf_f32,
    **{(kind, "int8", "int8"): lstm.lstm_s8 for kind in _LSTM},
    **{(kind, "float32", "float32"): lstm.lstm_f32 for kind in _LSTM},
    ("L2_NORMALIZATION", "int8", "int8"): l2_norm.l2_norm_s8,
    ("L2_NORMALIZATION", "float32", "float32"): l2_norm.l2_norm_f32,
    ("TRANSPOSE_CONV", "int8", "int8"): transpose_conv.transpose_conv_s8,
    ("TRANSPOSE_CONV", "float32", "float32"): transpose_conv.transpose_conv_f32,
    **{(kind, "int8", "int8"): unary.unary_s8 for kind in unary.KINDS},
    **{(kind, "float32", "float32"): unary.unary_f32 for kind in unary.KINDS},
    **{(kind, "int8", "int8"): binary.binary_s8 for kind in binary.KINDS},
    **{(kind, "float32", "float32"): binary.binary_f32 for kind in binary.KINDS},
    ("ADD", "int8", "int8"): add.add_s8,
    ("ADD", "float32", "float32"): add.add_f32,
    **{(kind, t, t): move for kind, move in _MOVES.items() for t in ("int8", "float32")},
}
_KINDS = {kind for kind, _, _ in _CHOOSERS}
_SPARSE = {"CONV_2D", "FULLY_CONNECTED"}


def choose_kernels(graph: Graph, core: str = GENERIC) -> tuple[Call, ...]:
    """One call for each operator; ModelError names every operator that has no kernel.

    `core` decides between dense and sparse kernels (see `cost`).
    """
    choices: list[_Choice] = []
    problems: list[str] = []
    for operator in graph.operators:
        try:
            choices.append(_choices(graph, operator, core))
        except Unsupported as reason:
            problems.append(f"op {operator.index} {operator.kind}: {reason}")
    if problems:
        raise ModelError(
            "the engine cannot run " + "; ".join(problems),
            hint="supported are "
            + ", ".join(sorted(_KINDS - {QUANTIZE_ROWS}))
            + " in int8 and float32, some in int16",
        )
    return tuple(_decided(graph, choices, step, core) for step in range(len(choices)))


def _decided(graph: Graph, choices: Sequence[_Choice], step: int, core: str) -> Call:
    """The dense or the sparse call; a pool that either would compute too is counted in."""
    choice = choices[step]
    if choice.sparse is None:
        return choice.call
    sparse, work = choice.sparse
    if step + 1 < len(choices):
        pool = choices[step + 1].call
        both = [with_pool(graph, call, pool, step, core) for call in (choice.call, sparse)]
        if any(both):
            work = replace(work, pooled_by=(both[0] is not None, both[1] is not None))
    dtype = graph.tensors[choice.call.inputs[0]].dtype
    best = cheaper(choice.call, sparse, work, dtype, core)
    if choice.blocks is None or work.pooled_by is not None:
        return best
    return with_blocks(best, *choice.blocks, dtype, core)


def _choices(graph: Graph, operator: Operator, core: str) -> _Choice:
    require(operator.kind in _KINDS, "no kernel for this operator")
    op = Operands(graph, operator)
    require(op.output.elements > 0, "an output without elements")
    source, output = _source(op).dtype, op.output.dtype
    chooser = _CHOOSERS.get((operator.kind, source, output))
    if chooser is None:
        raise Unsupported(f"no kernel from {source} to {output}")
    call = for_core(for_vectors(op, chooser(op), core), core)
    has_sparse = operator.kind in _SPARSE and source in ("int8", "float32")
    sparse = sparse_candidate(op, call) if has_sparse else None
    blocks = blocks_candidate(op, *sparse) if sparse is not None and source == "int8" else None
    return _Choice(call, sparse, blocks)


def _source(op: Operands) -> Tensor:
    """The first input computed at run time; arithmetic may have a constant before it."""
    if op.operator.kind == "TRANSPOSE_CONV":  # after the output's shape and the weights
        return op.activation(2)
    constant_first = op.operator.kind in binary.KINDS and op.is_constant(0)
    return op.activation(1 if constant_first else 0)
