"""Kernel choice by the kind of an operator and the types of its tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.codegen.calls import Call, Unsupported
from harness.codegen.cores import GENERIC
from harness.codegen.cost import Work, cheaper, unfused_time, with_blocks
from harness.codegen.graph import Graph, Operator, Tensor
from harness.codegen.lower.support import INT8, OperatorSupport
from harness.codegen.lower.table import OPERATORS, hint
from harness.codegen.operands import Operands, require
from harness.codegen.options import ConvOptions
from harness.codegen.passes.fuse import with_pool
from harness.codegen.prefer import BALANCED, Prefer
from harness.codegen.storage.packed import for_core
from harness.codegen.storage.plain import for_vectors
from harness.codegen.storage.sparse_layer import blocks_candidate, sparse_candidate
from harness.errors import ModelError


@dataclass(frozen=True)
class _Choice:
    """A call and the sparse calls that can replace it."""

    call: Call
    sparse: tuple[Call, Work] | None
    blocks: tuple[Call, Work] | None


def choose_kernels(
    graph: Graph,
    core: str = GENERIC,
    *,
    refusals: Sequence[str] = (),
    prefer: Prefer = BALANCED,
) -> tuple[Call, ...]:
    """Return one call for each operator.

    `core` and `prefer` decide between dense and sparse kernels (see `cost`, `prefer`). Raises
    ModelError that names every operator without a kernel, behind `refusals`, further reasons.
    """
    choices: list[_Choice] = []
    problems: list[str] = [*refusals, *graph.problems]
    refused: list[str] = []
    for operator in graph.operators:
        try:
            choices.append(_choices(graph, operator, core))
        except Unsupported as reason:
            problems.append(f"op {operator.index} {operator.kind}: {reason}")
            refused.append(operator.kind)
    if problems:
        raise ModelError("the engine cannot run " + "; ".join(problems), hint=hint(refused))
    return tuple(_decided(graph, choices, step, core, prefer) for step in range(len(choices)))


def _decided(
    graph: Graph, choices: Sequence[_Choice], step: int, core: str, prefer: Prefer
) -> Call:
    """Return the dense or the sparse call.

    The comparison includes a max pool that either can compute, the call's time only where it does.
    """
    choice = choices[step]
    if choice.sparse is None:
        return choice.call
    sparse, work = choice.sparse
    dtype = graph.tensors[choice.call.inputs[0]].dtype
    if step + 1 < len(choices):
        pool = choices[step + 1].call
        both = [with_pool(graph, call, pool, step, core) for call in (choice.call, sparse)]
        if any(both):
            work = replace(work, pooled_by=(both[0] is not None, both[1] is not None))
            best = cheaper(choice.call, sparse, work, dtype, core, prefer)
            if both[best.kernel == sparse.kernel] is None:
                return replace(best, time=unfused_time(best, work, dtype, core))
            return best
    best = cheaper(choice.call, sparse, work, dtype, core, prefer)
    if choice.blocks is None:
        return best
    return with_blocks(best, *choice.blocks, dtype, core, prefer)


def _choices(graph: Graph, operator: Operator, core: str) -> _Choice:
    record = OPERATORS.get(operator.kind)
    if record is None:
        raise Unsupported("no kernel for this operator")
    op = Operands(graph, operator)
    require(op.output.elements > 0, "an output without elements")
    types = _source(op, record).dtype, op.output.dtype
    lowering = record.lowerings.get(types)
    if lowering is None:
        raise Unsupported(f"no kernel from {types[0]} to {types[1]}")
    call = for_core(for_vectors(op, _with_groups(op, lowering(op)), core), core)
    sparse = sparse_candidate(op, call) if types in record.sparse else None
    blocks = blocks_candidate(op, *sparse) if sparse is not None and types == INT8 else None
    return _Choice(call, sparse, blocks)


def _with_groups(op: Operands, call: Call) -> Call:
    """Return the call with the multiplications of the file: those of a group's own channels."""
    options = op.operator.options
    groups = options.groups if isinstance(options, ConvOptions) else 1
    return replace(call, macs=call.macs // groups)


def _source(op: Operands, record: OperatorSupport) -> Tensor:
    """Return the first input that is computed at run time; the last one where all are constants."""
    first = op.tensor(record.sources[0])
    if first is not None and first.variable:
        return first
    *earlier, last = record.sources
    return op.value(next((p for p in earlier if not op.is_constant(p)), last))
