"""C spelling of literals, arrays and structs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.codegen.calls import C_TYPES
from harness.codegen.graph import Array
from harness.codegen.structs import FLOAT, Struct

_WIDTH = 100


def float_literal(value: float) -> str:
    """Return the shortest decimal that reads back as the same float32."""
    return np.format_float_scientific(np.float32(value), unique=True, trim="0") + "f"


def int_literal(value: int) -> str:
    """Return a constant of at most int32_t; INT32_MIN has no literal of its own."""
    return "INT32_MIN" if value == -(1 << 31) else str(value)


def literals(values: Array) -> list[str]:
    """Return literals of all elements, in memory order."""
    flat = values.reshape(-1)
    if values.dtype == np.float32:
        return [float_literal(v) for v in flat]
    return [int_literal(int(v)) for v in flat.tolist()]


def array(name: str, values: Array, *, align: bool) -> str:
    """Return the definition of a constant array in flash."""
    ctype = C_TYPES[values.dtype.name]
    aligned = " ENGINE_ALIGN(16)" if align else ""
    head = f"static const {ctype} {name}[{values.size}] ENGINE_FLASH{aligned} = {{"
    return "\n".join([head, *wrapped(literals(values)), "};"])


def wrapped(items: Sequence[str]) -> list[str]:
    """Return indented lines of comma-separated items."""
    lines: list[str] = []
    line = "   "
    for item in items:
        if len(line) + len(item) + 2 > _WIDTH:
            lines.append(line)
            line = "   "
        line += f" {item},"
    return [*lines, line] if line.strip() else lines


def struct(name: str, params: Struct) -> str:
    """Return the definition of a parameter struct in flash."""
    lines = []
    for member, value in params.values():
        if isinstance(value, Struct):
            lines.extend(_inner(member.name, _members(value)))
        else:
            text = float_literal(value) if member.type == FLOAT else int_literal(value)
            lines.append(f"    .{member.name} = {text},")
    return "\n".join([f"static const {params.ctype} {name} ENGINE_FLASH = {{", *lines, "};"])


def _members(params: Struct) -> str:
    return ", ".join(
        f".{member.name} = {{{_members(value)}}}"
        if isinstance(value, Struct)
        else f".{member.name} = {value}"
        for member, value in params.values()
    )


def _inner(field: str, text: str) -> list[str]:
    body = wrapped(text.split(", "))
    return [f"    .{field} = {{", *(f"    {line}" for line in body), "    },"]
