"""Models of functions of one element, with random parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.engine.one_operator import OpModel

# Reference kernels have these in float32 alone
FLOAT_ONLY = ("SQUARE", "NEG", "FLOOR", "CEIL", "ROUND", "SIGN", "SIN", "COS", "SQRT")
_POSITIVE = ("LOG", "RSQRT", "SQRT")  # of values above 0


def function(m: OpModel) -> None:
    """The function; in int8 between DEQUANTIZE and QUANTIZE where the reference has no kernel."""
    shape = m.shape()
    start, q = m.tensor(shape), m.quantisation()
    source = start
    if m.kind in _POSITIVE and m.dtype == "float32":
        source = m.tensor(shape)
        m.builder.operator("EXP", [start], [source])
    elif m.kind in _POSITIVE:
        low: dict[str, Any] = {"scales": m.quantisation()["scales"], "zero_points": [-128]}
        source = m.tensor(shape, low)
        m.builder.operator("QUANTIZE", [start], [source])
    options = {"Approximate": bool(m.rng.integers(2))} if m.kind == "GELU" else {}
    if m.dtype == "float32" or m.kind not in FLOAT_ONLY:
        end = m.tensor(shape, q)
        m.builder.operator(m.kind, [source], [end], **options)
        m.finish(start, end)
        return
    wide, result = (m.builder.tensor("float32", shape) for _ in range(2))
    end = m.tensor(shape, q)
    m.builder.operator("DEQUANTIZE", [source], [wide])
    m.builder.operator(m.kind, [wide], [result])
    m.builder.operator("QUANTIZE", [result], [end])
    m.finish(start, end)


def logical(m: OpModel) -> None:
    """Comparisons of the input with two constants, joined by a logical operator, as numbers."""
    shape = m.shape(2)
    start = m.tensor(shape)
    first = second = -1
    for _ in range(2):
        limit = m.tensor((), None, m.values(()))
        first, second = m.builder.tensor("bool", shape), first
        kind = str(m.rng.choice(["GREATER", "LESS_EQUAL"]))
        m.builder.operator(kind, [start, limit], [first])
    result = m.builder.tensor("bool", shape)
    operands = [first] if m.kind == "LOGICAL_NOT" else [first, second]
    m.builder.operator(m.kind, operands, [result])
    wide = m.builder.tensor("float32", shape)
    m.builder.operator("CAST", [result], [wide])
    end = wide
    if m.dtype == "int8":
        end = m.tensor(shape, {"scales": [float(np.float32(0.5))], "zero_points": [0]})
        m.builder.operator("QUANTIZE", [wide], [end])
    m.finish(start, end)


FUNCTIONS = (
    "RELU_0_TO_1",
    "ELU",
    "GELU",
    "ABS",
    "EXP",
    "LOG",
    "RSQRT",
    *FLOAT_ONLY,
)
BUILDERS = {
    **dict.fromkeys(FUNCTIONS, function),
    **dict.fromkeys(("LOGICAL_NOT", "LOGICAL_AND", "LOGICAL_OR"), logical),
}
