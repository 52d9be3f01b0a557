"""Removal of copies between states and tensors, where both can have the same memory.

READ_VARIABLE needs no copy where the state does not change before the last use of what was read.
ASSIGN_VARIABLE needs none where the value can be computed in the state's memory: nothing reads the
older state from then on. Both are found by trial: each copy is left out, and the run is followed
step by step with the values that each piece of memory holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.codegen.calls import ALIAS, Call
from harness.codegen.constants import NO_CONSTANTS
from harness.codegen.graph import Graph

_COPIES = ("READ_VARIABLE", "ASSIGN_VARIABLE")


def without_copies(graph: Graph, calls: Sequence[Call]) -> tuple[Call, ...]:
    """Return the final calls, one for each operator, without copies that are not needed."""
    kept = tuple(calls)
    for step, operator in enumerate(graph.operators):
        if operator.kind not in _COPIES or not calls[step].inputs:
            continue
        shared = replace(
            calls[step],
            kernel=ALIAS,
            params=None,
            constants=NO_CONSTANTS,
            reason="; ".join(filter(None, [calls[step].reason, "in the state's own memory"])),
        )
        tried = (*kept[:step], shared, *kept[step + 1 :])
        if _same_values(graph, tried):
            kept = tried
    return kept


def homes(graph: Graph, calls: Sequence[Call]) -> dict[int, int]:
    """Return the states in whose memory tensors are computed, by tensor."""
    states = set(graph.states())
    sources = {call.output: call.inputs[0] for call in calls if _is_alias(call, states)}
    found: dict[int, int] = {}
    for call in calls:
        if call.kernel == ALIAS and call.output in states:
            tensor = call.inputs[0]
            while tensor in sources:
                tensor = sources[tensor]
            found[tensor] = call.output
    return found


def _is_alias(call: Call, states: set[int]) -> bool:
    return call.kernel == ALIAS and call.output not in states and call.inputs[0] != call.output


def _same_values(graph: Graph, calls: Sequence[Call]) -> bool:
    """Return True where each call reads what it would read if every copy were made.

    A value is named by the tensor that was computed, or by the state whose first value it is.
    """
    states = set(graph.states())
    placed = homes(graph, calls)
    if any(not _fits(graph, tensor, state) for tensor, state in placed.items()):
        return False
    memory = {t: t for t in (*graph.inputs, *states)} | placed  # of each tensor
    value = {t: t for t in (*graph.inputs, *states)}  # of each tensor
    held = dict(value)  # by memory
    for step, call in enumerate(calls):
        kind = graph.operators[step].kind
        if any(held.get(memory[t]) != value[t] for t in call.inputs):
            return False
        if call.kernel == ALIAS:
            source = call.inputs[0]
            if call.output not in states:
                memory.setdefault(call.output, memory[source])
            elif memory[source] != call.output:
                return False
            value[call.output] = value[source]
            continue
        target = memory.setdefault(call.output, call.output)
        overlaps = [t for t in call.inputs if memory[t] == target and t not in call.in_place]
        if overlaps:
            return False
        if kind in _COPIES:  # a constant is named by the step that assigns it
            value[call.output] = value[call.inputs[0]] if call.inputs else -1 - step
        else:
            value[call.output] = call.output
        held[target] = value[call.output]
    ends = (*graph.outputs, *states)
    return all(held.get(memory[t]) == value[t] for t in ends if t in memory)


def _fits(graph: Graph, tensor: int, state: int) -> bool:
    """Return True where a tensor may be computed in a state's memory."""
    found = graph.tensors[tensor]
    given = found.variable or tensor in graph.inputs  # written before the call
    return not given and found.bytes == graph.tensors[state].bytes
