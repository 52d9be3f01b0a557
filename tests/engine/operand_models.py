"""Models of functions of two and three operands, with random parameters."""

from __future__ import annotations

import numpy as np

from tests.engine.one_operator import OpModel, Shape

COMPARISONS = ("EQUAL", "NOT_EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL")


def _other(m: OpModel, shape: Shape) -> Shape:
    """A shape that broadcasts to `shape`: a number, a vector of channels, any axes of size 1."""
    some = tuple(n if m.rng.random() < 0.5 else 1 for n in shape)
    return ((), shape[-1:], some)[int(m.rng.integers(3))]


def _second(m: OpModel, start: int, shape: Shape) -> int:
    """A constant, or a tensor computed from the input."""
    if m.rng.random() < 0.5:
        other = _other(m, shape)
        return m.tensor(other, None, m.values(other))
    return m.copy(start, shape, m.quantisation())


def operation(m: OpModel) -> None:
    """PRELU, SQUARED_DIFFERENCE, FLOOR_DIV, FLOOR_MOD, DIV and POW."""
    shape = m.shape(2)
    start = m.tensor(shape)
    first, second = start, _second(m, start, shape)
    if m.kind == "PRELU":
        other = shape[1:] if m.rng.random() < 0.3 else (*(1,) * (len(shape) - 2), shape[-1])
        second = m.tensor(other, None, m.values(other))
    if m.kind in ("FLOOR_DIV", "FLOOR_MOD", "DIV"):  # by values that are not small
        other = _other(m, shape)
        sign = m.rng.choice([-1, 1], other)
        second = m.tensor(other, None, sign * m.rng.uniform(0.5, 2, other))
    if m.kind == "POW":
        positive = m.tensor(shape)
        m.builder.operator("EXP", [start], [positive])
        first = positive
    if m.kind == "DIV" and m.rng.random() < 0.3:
        positive = m.tensor(shape)
        m.builder.operator("EXP", [start], [positive])
        first, second = m.tensor((), None, 1.5), positive
    q = m.quantisation(0.5 if m.kind == "SQUARED_DIFFERENCE" else 0.05)
    end = m.tensor(shape, q)
    options = {"FusedActivationFunction": m.activation()} if m.kind == "DIV" else {}
    m.builder.operator(m.kind, [first, second], [end], **options)
    m.finish(start, end)


def _numbers(m: OpModel, flags: int, shape: Shape) -> int:
    """Flags as float32, in int8 quantised again."""
    wide = m.builder.tensor("float32", shape)
    m.builder.operator("CAST", [flags], [wide])
    if m.dtype == "float32":
        return wide
    end = m.tensor(shape, {"scales": [float(np.float32(0.5))], "zero_points": [-3]})
    m.builder.operator("QUANTIZE", [wide], [end])
    return end


def comparison(m: OpModel) -> None:
    shape = m.shape(2)
    start = m.tensor(shape)
    operands = [start, _second(m, start, shape)][:: int(m.rng.choice([1, -1]))]
    flags = m.builder.tensor("bool", shape)
    m.builder.operator(m.kind, operands, [flags])
    m.finish(start, _numbers(m, flags, shape))


def select(m: OpModel) -> None:
    """Elements of the input or of another tensor, where the input exceeds a number."""
    shape, q = m.shape(2), m.quantisation()
    start = m.tensor(shape, q)
    flags = m.builder.tensor("bool", shape)
    m.builder.operator("GREATER", [start, m.tensor((), q, m.values(()))], [flags])
    other = shape if m.kind == "SELECT" else _other(m, shape)
    constant = m.tensor(other, q, m.values(other))
    second = constant if m.rng.random() < 0.6 else m.copy(start, shape, q)
    first = start
    if m.kind == "SELECT_V2" and m.rng.random() < 0.2:
        first = m.tensor(shape, q, m.values(shape))
    end = m.tensor(shape, q)
    operands = [first, second][:: int(m.rng.choice([1, -1]))]
    m.builder.operator(m.kind, [flags, *operands], [end])
    m.finish(start, end)


def arg(m: OpModel) -> None:
    shape = m.shape(2)
    axis = int(m.rng.integers(1, len(shape)))
    out = tuple(n for a, n in enumerate(shape) if a != axis)
    start = m.tensor(shape)
    place, wide = m.builder.tensor("int32", out), m.builder.tensor("float32", out)
    signed = axis - len(shape) if m.rng.random() < 0.5 else axis
    m.builder.operator(m.kind, [start, m.integers(signed)], [place], OutputType=2)
    m.builder.operator("CAST", [place], [wide])
    m.finish(start, wide)


def cumsum(m: OpModel) -> None:
    """In int8 of integers: the reference has no kernel for int8."""
    shape = m.shape(2)
    start = m.tensor(shape)
    dtype = "float32" if m.dtype == "float32" else "int32"
    source = start
    if dtype == "int32":
        source = m.builder.tensor(dtype, shape)
        m.builder.operator("CAST", [start], [source])
    result = m.builder.tensor(dtype, shape)
    axis = m.integers(int(m.rng.integers(1, len(shape))))
    options = {"Exclusive": bool(m.rng.integers(2)), "Reverse": bool(m.rng.integers(2))}
    m.builder.operator("CUMSUM", [source, axis], [result], **options)
    end = result
    if dtype == "int32":
        end = m.builder.tensor("float32", shape)
        m.builder.operator("CAST", [result], [end])
    m.finish(start, end)


def matmul(m: OpModel) -> None:
    """The input times itself, transposed or not, or times a constant matrix."""
    batch, rows, depth = (int(n) for n in m.rng.integers(1, 5, 3))
    shape = (1, batch, rows, depth)
    start = m.tensor(shape)
    end_q = m.quantisation(0.5)
    if m.rng.random() < 0.4:
        columns, turned = int(m.rng.integers(1, 5)), bool(m.rng.integers(2))
        q = {"scales": [0.02], "zero_points": [0]} if m.dtype == "int8" else {}
        stored = (columns, depth) if turned else (depth, columns)
        second = m.tensor(stored, q, np.clip(m.values(stored), -127, 127))
        end = m.tensor((1, batch, rows, columns), end_q)
        m.builder.operator("BATCH_MATMUL", [start, second], [end], AdjY=turned)
    else:
        second = m.copy(start, shape, m.quantisation())
        first_turned = bool(m.rng.integers(2))
        size = depth if first_turned else rows
        end = m.tensor((1, batch, size, size), end_q)
        options = {"AdjX": first_turned, "AdjY": not first_turned}
        m.builder.operator("BATCH_MATMUL", [start, second], [end], **options)
    m.finish(start, end)


FLOAT_ONLY = ("DIV", "POW", "FLOOR_DIV", "FLOOR_MOD")
BUILDERS = {
    **dict.fromkeys(("PRELU", "SQUARED_DIFFERENCE", *FLOAT_ONLY), operation),
    **dict.fromkeys(COMPARISONS, comparison),
    **dict.fromkeys(("SELECT", "SELECT_V2"), select),
    **dict.fromkeys(("ARG_MAX", "ARG_MIN"), arg),
    "CUMSUM": cumsum,
    "BATCH_MATMUL": matmul,
}
