"""Kernel choice: which kernel runs an operator, by its kind and the types of its tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from harness.codegen import kernels_f32, kernels_s8
from harness.codegen.calls import ALIAS, Call, Unsupported
from harness.codegen.cost import GENERIC, Work, cheaper
from harness.codegen.fuse import with_pool
from harness.codegen.graph import Graph, Operator
from harness.codegen.operands import Operands, require
from harness.codegen.sparse_layer import sparse_candidate
from harness.errors import ModelError

_Chooser = Callable[[Operands], Call]


@dataclass(frozen=True)
class _Choice:
    """A call, and the sparse one that would do the same work."""

    call: Call
    sparse: tuple[Call, Work] | None


def _reshape(op: Operands) -> Call:
    source, output = op.activation(0), op.output
    require(source.bytes == output.bytes and source.dtype == output.dtype, "a change of size")
    return Call(kernel=ALIAS, inputs=(source.index,), output=output.index)


# (kind, type of the first input, types of further operands and of the output) -> chooser
_CHOOSERS: dict[tuple[str, str, str], _Chooser] = {
    ("CONV_2D", "int8", "int8"): kernels_s8.conv,
    ("DEPTHWISE_CONV_2D", "int8", "int8"): kernels_s8.depthwise,
    ("FULLY_CONNECTED", "int8", "int8"): kernels_s8.fully_connected,
    ("MAX_POOL_2D", "int8", "int8"): kernels_s8.pool,
    ("AVERAGE_POOL_2D", "int8", "int8"): kernels_s8.pool,
    ("SOFTMAX", "int8", "int8"): kernels_s8.softmax,
    ("ADD", "int8", "int8"): kernels_s8.add,
    ("QUANTIZE", "int8", "int8"): kernels_s8.requantize,
    ("QUANTIZE", "float32", "int8"): kernels_s8.quantize,
    ("DEQUANTIZE", "int8", "float32"): kernels_s8.dequantize,
    ("RESHAPE", "int8", "int8"): _reshape,
    ("CONV_2D", "float32", "float32"): kernels_f32.conv,
    ("DEPTHWISE_CONV_2D", "float32", "float32"): kernels_f32.depthwise,
    ("FULLY_CONNECTED", "float32", "float32"): kernels_f32.fully_connected,
    ("MAX_POOL_2D", "float32", "float32"): kernels_f32.pool,
    ("AVERAGE_POOL_2D", "float32", "float32"): kernels_f32.pool,
    ("SOFTMAX", "float32", "float32"): kernels_f32.softmax,
    ("ADD", "float32", "float32"): kernels_f32.add,
    ("RESHAPE", "float32", "float32"): _reshape,
}
_KINDS = {kind for kind, _, _ in _CHOOSERS}
_WEIGHTED = {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"}
_SPARSE = {"CONV_2D", "FULLY_CONNECTED"}


def choose_kernels(graph: Graph, core: str = GENERIC) -> tuple[Call, ...]:
    """One call for each operator; ModelError names every operator that has no kernel.

    `core` decides between dense and sparse kernels (see `cost`).
    """
    choices: list[_Choice] = []
    problems: list[str] = []
    for operator in graph.operators:
        try:
            choices.append(_choices(graph, operator))
        except Unsupported as reason:
            problems.append(f"op {operator.index} {operator.kind}: {reason}")
    if problems:
        raise ModelError(
            "the engine cannot run " + "; ".join(problems),
            hint="supported are " + ", ".join(sorted(_KINDS)) + " in int8 and float32",
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
    return cheaper(choice.call, sparse, work, graph.tensors[choice.call.inputs[0]].dtype, core)


def _choices(graph: Graph, operator: Operator) -> _Choice:
    require(operator.kind in _KINDS, "no kernel for this operator")
    op = Operands(graph, operator)
    source, output = op.activation(0).dtype, op.output.dtype
    chooser = _CHOOSERS.get((operator.kind, source, output))
    if chooser is None:
        raise Unsupported(f"no kernel from {source} to {output}")
    if operator.kind in _WEIGHTED and op.constant(1).dtype != source:
        raise Unsupported(f"{op.constant(1).dtype} weights with {source} inputs (dynamic range)")
    if operator.kind == "ADD" and op.activation(1).dtype != source:
        raise Unsupported("operands of two types")
    call = chooser(op)
    return _Choice(call, sparse_candidate(op, call) if operator.kind in _SPARSE else None)
