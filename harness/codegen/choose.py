"""Kernel choice: which kernel runs an operator, by its kind and the types of its tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from harness.codegen.calls import Call, Unsupported
from harness.codegen.cores import GENERIC
from harness.codegen.cost import Work, cheaper, with_blocks
from harness.codegen.graph import Graph, Operator, Tensor
from harness.codegen.lower import binary as ops_binary
from harness.codegen.lower import kernels_f32, kernels_hybrid, kernels_s8, kernels_s16, layers_s8
from harness.codegen.lower import l2_norm as ops_norm
from harness.codegen.lower import lstm as ops_lstm
from harness.codegen.lower import resize as ops_resize
from harness.codegen.lower import shape as ops_shape
from harness.codegen.lower import svdf as ops_svdf
from harness.codegen.lower import transpose_conv as ops_transpose_conv
from harness.codegen.lower import unary as ops_unary
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


def _add(op: Operands) -> Call:
    """The plain kernels where nothing is broadcast and no operand is a constant."""
    tensors = [op.graph.tensors[i] for i in op.operator.inputs if i >= 0]
    plain = len({t.shape for t in (*tensors, op.output)}) == 1 and all(
        t.data is None for t in tensors
    )
    if op.output.dtype == "int8":
        return kernels_s8.add(op) if plain else ops_binary.binary_s8(op)
    return kernels_f32.add(op) if plain else ops_binary.binary_f32(op)


# of all types that are just moved
_MOVES: dict[str, _Chooser] = {
    "RESHAPE": ops_shape.alias,
    "SQUEEZE": ops_shape.alias,
    "EXPAND_DIMS": ops_shape.alias,
    "TRANSPOSE": ops_shape.transpose,
    "CONCATENATION": ops_shape.join_piece,
    "PACK": ops_shape.join_piece,
    "SPLIT": ops_shape.split_piece,
    "SPLIT_V": ops_shape.split_piece,
    "UNPACK": ops_shape.split_piece,
    "STRIDED_SLICE": ops_shape.strided_slice,
    "SLICE": ops_shape.slice_,
    "REVERSE_V2": ops_shape.reverse,
    "PAD": ops_shape.pad,
    "PADV2": ops_shape.pad,
    "RESIZE_NEAREST_NEIGHBOR": ops_resize.nearest,
}

_REDUCTIONS = ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN")
_LSTM = ("LSTM", "UNIDIRECTIONAL_SEQUENCE_LSTM")
_ALIASES = ("RESHAPE", "SQUEEZE", "EXPAND_DIMS")

# (kind, type of the first input, types of further operands and of the output) -> chooser
_CHOOSERS: dict[tuple[str, str, str], _Chooser] = {
    ("CONV_2D", "int8", "int8"): layers_s8.conv,
    ("DEPTHWISE_CONV_2D", "int8", "int8"): layers_s8.depthwise,
    ("FULLY_CONNECTED", "int8", "int8"): layers_s8.fully_connected,
    ("MAX_POOL_2D", "int8", "int8"): kernels_s8.pool,
    ("AVERAGE_POOL_2D", "int8", "int8"): kernels_s8.pool,
    ("SOFTMAX", "int8", "int8"): kernels_s8.softmax,
    ("QUANTIZE", "int8", "int8"): kernels_s8.requantize,
    ("QUANTIZE", "float32", "int8"): kernels_s8.quantize,
    ("DEQUANTIZE", "int8", "float32"): kernels_s8.dequantize,
    ("CONV_2D", "float32", "float32"): kernels_f32.conv,
    ("DEPTHWISE_CONV_2D", "float32", "float32"): kernels_f32.depthwise,
    ("FULLY_CONNECTED", "float32", "float32"): kernels_f32.fully_connected,
    ("MAX_POOL_2D", "float32", "float32"): kernels_f32.pool,
    ("AVERAGE_POOL_2D", "float32", "float32"): kernels_f32.pool,
    ("SOFTMAX", "float32", "float32"): kernels_f32.softmax,
    (QUANTIZE_ROWS, "float32", ROWS): kernels_hybrid.quantize_rows,
    ("CONV_2D", ROWS, "float32"): kernels_hybrid.conv,
    ("DEPTHWISE_CONV_2D", ROWS, "float32"): kernels_hybrid.depthwise,
    ("FULLY_CONNECTED", ROWS, "float32"): kernels_hybrid.fully_connected,
    ("CONV_2D", "int16", "int16"): kernels_s16.conv,
    ("DEPTHWISE_CONV_2D", "int16", "int16"): kernels_s16.depthwise,
    ("FULLY_CONNECTED", "int16", "int16"): kernels_s16.fully_connected,
    ("MAX_POOL_2D", "int16", "int16"): kernels_s16.pool,
    ("AVERAGE_POOL_2D", "int16", "int16"): kernels_s16.pool,
    ("SOFTMAX", "int16", "int16"): kernels_s16.softmax,
    ("ADD", "int16", "int16"): kernels_s16.add,
    ("QUANTIZE", "int16", "int16"): kernels_s16.requantize,
    ("QUANTIZE", "int16", "int8"): kernels_s16.requantize,
    ("QUANTIZE", "float32", "int16"): kernels_s16.quantize,
    ("DEQUANTIZE", "int16", "float32"): kernels_s16.dequantize,
    ("RELU", "int16", "int16"): kernels_s16.requantize,
    ("RELU6", "int16", "int16"): kernels_s16.requantize,
    **{(kind, "int16", "int16"): ops_shape.alias for kind in _ALIASES},
    **{(kind, "int8", "int8"): ops_shape.reduce_s8 for kind in _REDUCTIONS},
    **{(kind, "float32", "float32"): ops_shape.reduce_f32 for kind in _REDUCTIONS},
    ("RESIZE_BILINEAR", "int8", "int8"): ops_resize.bilinear_s8,
    ("RESIZE_BILINEAR", "float32", "float32"): ops_resize.bilinear_f32,
    ("SVDF", "int8", "int8"): ops_svdf.svdf_s8,
    ("SVDF", "float32", "float32"): ops_svdf.svdf_f32,
    **{(kind, "int8", "int8"): ops_lstm.lstm_s8 for kind in _LSTM},
    **{(kind, "float32", "float32"): ops_lstm.lstm_f32 for kind in _LSTM},
    ("L2_NORMALIZATION", "int8", "int8"): ops_norm.l2_norm_s8,
    ("L2_NORMALIZATION", "float32", "float32"): ops_norm.l2_norm_f32,
    ("TRANSPOSE_CONV", "int8", "int8"): ops_transpose_conv.transpose_conv_s8,
    ("TRANSPOSE_CONV", "float32", "float32"): ops_transpose_conv.transpose_conv_f32,
    **{(kind, "int8", "int8"): ops_unary.unary_s8 for kind in ops_unary.KINDS},
    **{(kind, "float32", "float32"): ops_unary.unary_f32 for kind in ops_unary.KINDS},
    **{(kind, "int8", "int8"): ops_binary.binary_s8 for kind in ops_binary.KINDS},
    **{(kind, "float32", "float32"): ops_binary.binary_f32 for kind in ops_binary.KINDS},
    ("ADD", "int8", "int8"): _add,
    ("ADD", "float32", "float32"): _add,
    **{(kind, t, t): move for kind, move in _MOVES.items() for t in ("int8", "float32")},
}
_KINDS = {kind for kind, _, _ in _CHOOSERS}
_WEIGHTED = {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"}
_WEIGHTS = {ROWS: "int8", "int16": "int8"}  # by type of activations, where the weights have another
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
    if operator.kind in _WEIGHTED and op.constant(1).dtype != _WEIGHTS.get(source, source):
        raise Unsupported(f"{op.constant(1).dtype} weights with {source} inputs")
    call = for_core(for_vectors(op, chooser(op), core), core)
    has_sparse = operator.kind in _SPARSE and source in ("int8", "float32")
    sparse = sparse_candidate(op, call) if has_sparse else None
    blocks = blocks_candidate(op, *sparse) if sparse is not None and source == "int8" else None
    return _Choice(call, sparse, blocks)


def _source(op: Operands) -> Tensor:
    """The first input computed at run time; arithmetic may have a constant before it."""
    if op.operator.kind == "TRANSPOSE_CONV":  # after the output's shape and the weights
        return op.activation(2)
    constant_first = op.operator.kind in ops_binary.KINDS and op.is_constant(0)
    return op.activation(1 if constant_first else 0)
