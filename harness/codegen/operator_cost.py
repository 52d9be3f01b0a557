"""Times of the operators without a choice of storage, by kernel and family of cores.

The coefficients are data (operator_times.toml), measured and written by
benchmarks/calibrate_operators.py.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from harness.codegen.calls import ALIAS, Call
from harness.codegen.cores import core_named
from harness.codegen.graph import Graph
from harness.codegen.structs import Window
from harness.errors import InputError

TABLE = Path(__file__).with_name("operator_times.toml")
OTHER = "other"  # entry of kernels that were not measured


class Amounts(NamedTuple):
    """Amounts of work of one call, a coefficient each."""

    call: float = 1.0
    output: float = 0.0  # output elements
    step: float = 0.0  # multiply-accumulates, taps of a pool, else input elements


def amounts_of(graph: Graph, call: Call) -> Amounts:
    """Return the amounts of work of a call."""
    outputs = graph.tensors[call.output].elements
    window = getattr(call.params, "window", None)
    if isinstance(window, Window) and ("pool" in call.kernel or "depthwise" in call.kernel):
        return Amounts(1.0, outputs, outputs * window.kernel_h * window.kernel_w)
    read = sum(graph.tensors[index].elements for index in call.inputs)
    return Amounts(1.0, outputs, call.macs or read)


def operator_time(graph: Graph, call: Call, core: str) -> float:
    """Return the modelled time of a call on that core, in the unit of `cost.unit_of`.

    Raises InputError where the core has no measured table.
    """
    if call.kernel == ALIAS:
        return 0.0
    entries = _measured(core)
    times = entries.get(call.kernel.removeprefix("engine_"), entries[OTHER])
    return sum(time * count for time, count in zip(times, amounts_of(graph, call), strict=True))


def is_measured(kernel: str, core: str) -> bool:
    """Return True where the kernel has times of its own on that core."""
    return kernel == ALIAS or kernel.removeprefix("engine_") in _measured(core)


def _measured(core: str) -> Mapping[str, Amounts]:
    entry = core_named(core).measured_as
    found = _table().get(entry)
    if found is None:
        raise InputError(
            f"the core {core} has no table of operators' times",
            where=TABLE.name,
            hint="benchmarks/calibrate_operators.py --target TARGET --write measures one; tables "
            f"there are for {', '.join(_table())}",
        )
    return found


@cache
def _table() -> Mapping[str, Mapping[str, Amounts]]:
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {
        core: {name: Amounts(*times) for name, times in entries.items()}
        for core, entries in table.items()
    }
