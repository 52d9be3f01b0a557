"""Printer of the function that resets the states of a model."""

from __future__ import annotations

import numpy as np

from harness.codegen.graph import Array, Graph, Tensor
from harness.codegen.passes.memory import MemoryPlan
from harness.codegen.write.c_text import array


def reset(symbol: str, graph: Graph, plan: MemoryPlan) -> list[str]:
    """Return the function that gives states their first values, behind the constants it copies.

    States of recurrent operators become zero as in TensorFlow Lite, in int8 their zero point.
    Models without states have no such function.
    """
    constants: list[str] = []
    lines: list[str] = []
    for state in (graph.tensors[index] for index in graph.states()):
        place, byte = f"arena + {plan.offsets[state.index]}u", _byte(state)
        if byte is not None:
            lines.append(f"    memset({place}, {byte}, {state.bytes}u);")
            continue
        name = f"{symbol}_initial{len(constants)}"
        constants.append(array(name, _initial(state), align=False))
        lines.append(f"    engine_flash_copy({place}, {name}, {state.bytes}u);")
    if not lines:
        return []
    head = [
        "/* Call it before a sequence starts: run() leaves the state for the run that follows. */",
        f"static void {symbol}_reset(uint8_t *arena)",
        "{",
    ]
    return [*constants, "\n".join([*head, *lines, "}"])]


def initial_bytes(graph: Graph) -> int:
    """Return the flash bytes of the first values that `reset` copies."""
    states = (graph.tensors[index] for index in graph.states())
    return sum(state.bytes for state in states if _byte(state) is None)


def _initial(state: Tensor) -> Array:
    if state.initial is not None:
        return state.initial
    zero = state.quantisation.zero_points[0] if state.quantisation else 0
    return np.full(state.shape, zero if state.dtype == "int8" else 0, state.dtype)


def _byte(state: Tensor) -> int | None:
    """Return the value of all bytes of a first value, None where they differ."""
    raw = np.frombuffer(_initial(state).tobytes(), np.uint8)
    return int(raw[0]) if (raw == raw[0]).all() else None
