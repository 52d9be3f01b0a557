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


def log_softmax(m: OpModel) -> None:
    shape = m.shape(2)
    start = m.tensor(shape, m.quantisation(float(m.rng.choice([0.01, 0.1, 0.5]))))
    fixed = {"scales": [1 / 16], "zero_points": [127]} if m.dtype == "int8" else {}
    end = m.tensor(shape, fixed)
    m.builder.operator("LOG_SOFTMAX", [start], [end])
    m.finish(start, end)


def reduction(m: OpModel) -> None:
    """REDUCE_PROD of numbers, REDUCE_ALL and REDUCE_ANY of comparisons."""
    shape = m.shape(2)
    rank = len(shape)
    axes = [int(a) for a in m.rng.choice(range(1, rank), int(m.rng.integers(1, rank)), False)]
    keep = bool(m.rng.random() < 0.5)
    out = tuple(1 if a in axes else n for a, n in enumerate(shape) if keep or a not in axes)
    start = m.tensor(shape)
    if m.kind == "REDUCE_PROD":
        end = m.tensor(out)
        m.builder.operator("REDUCE_PROD", [start, m.integers(axes)], [end], KeepDims=keep)
        m.finish(start, end)
        return
    flags, result = m.builder.tensor("bool", shape), m.builder.tensor("bool", out)
    m.builder.operator("GREATER", [start, m.tensor((), None, m.values(()))], [flags])
    m.builder.operator(m.kind, [flags, m.integers(axes)], [result], KeepDims=keep)
    end = m.builder.tensor("float32", out)
    m.builder.operator("CAST", [result], [end])
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
    "LOG_SOFTMAX": log_softmax,
    **dict.fromkeys(("REDUCE_PROD", "REDUCE_ALL", "REDUCE_ANY"), reduction),
    **dict.fromkeys(("LOGICAL_NOT", "LOGICAL_AND", "LOGICAL_OR"), logical),
}
