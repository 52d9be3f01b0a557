"""Models of several inputs and outputs, of any type and rank, as files are in the wild."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.engine.tflite_builder import TfliteBuilder

INT8 = {"scales": [0.05], "zero_points": [3]}
INT16 = {"scales": [0.001], "zero_points": [0]}


def two_sums() -> bytes:
    """float32 and int8 side by side: 2 inputs each, a difference and a sum, one input handed on."""
    b = TfliteBuilder()
    for dtype, q in (("float32", {}), ("int8", INT8)):
        one, two = (b.tensor(dtype, (1, 3, 5), **q) for _ in range(2))
        total, rest = (b.tensor(dtype, (1, 3, 5), **q) for _ in range(2))
        b.operator("ADD", [one, two], [total])
        b.operator("SUB", [total, two], [rest])
        b.inputs += [one, two]
        b.outputs += [rest, total]
    b.outputs.append(b.inputs[1])
    return b.build()


def every_type() -> bytes:
    """An input and an output of each type that the engine computes with, handed through a copy."""
    b = TfliteBuilder()
    q: dict[str, dict[str, Any]] = {"int8": INT8, "int16": INT16}
    for dtype in ("bool", "float32", "int8", "int16", "int32"):
        source, moved = (b.tensor(dtype, shape, **q.get(dtype, {})) for shape in ((3, 2), (2, 3)))
        order = b.tensor("int32", (2,), data=np.array([1, 0]))
        b.operator("TRANSPOSE", [source, order], [moved])
        b.inputs.append(source)
        b.outputs.append(moved)
    return b.build()


def ranks() -> bytes:
    """Inputs of 0 to 6 dimensions, without a leading 1 from rank 1 on."""
    b = TfliteBuilder()
    for rank in range(7):
        shape = (2,) * rank
        source, result = b.tensor("float32", shape), b.tensor("float32", shape)
        b.operator("TANH", [source], [result])
        b.inputs.append(source)
        b.outputs.append(result)
    return b.build()


def embedding() -> bytes:
    """A float32 input, and an int32 one that picks rows of a table; the same output twice."""
    b = TfliteBuilder()
    indexes, values = b.tensor("int32", (4,)), b.tensor("float32", (4, 3))
    table = b.tensor("float32", (7, 3), data=np.arange(21).reshape(7, 3) / 8)
    rows, total = b.tensor("float32", (4, 3)), b.tensor("float32", (4, 3))
    b.operator("GATHER", [table, indexes], [rows])
    b.operator("ADD", [rows, values], [total])
    b.inputs, b.outputs = [indexes, values], [total, rows, total]
    return b.build()


def switched() -> bytes:
    """A bool that chooses, a comparison and a position: outputs of bool and int32."""
    b = TfliteBuilder()
    wanted, one = b.tensor("bool", (1, 6)), b.tensor("int8", (1, 6), **INT8)
    two, chosen = (b.tensor("int8", (1, 6), **INT8) for _ in range(2))
    greater, best = b.tensor("bool", (1, 6)), b.tensor("int32", (1,))
    b.operator("SELECT_V2", [wanted, one, two], [chosen])
    b.operator("GREATER", [one, two], [greater])
    b.operator("ARG_MAX", [chosen, b.tensor("int32", (), data=np.array(1))], [best], OutputType=2)
    b.inputs, b.outputs = [wanted, one, two], [chosen, best, greater]
    return b.build()


UINT8 = {"scales": [0.05], "zero_points": [131]}


def uint8_ends() -> bytes:
    """uint8 on both ends of int8, as converters write it, and with another scale."""
    b = TfliteBuilder()
    source, middle = b.tensor("uint8", (1, 7), **UINT8), b.tensor("int8", (1, 7), **INT8)
    done, rescaled = b.tensor("int8", (1, 7), **INT8), b.tensor("uint8", (1, 7), scales=[0.07])
    same, real = b.tensor("uint8", (1, 7), **UINT8), b.tensor("float32", (1, 7))
    b.operator("QUANTIZE", [source], [middle])
    b.operator("ADD", [middle, middle], [done])
    b.operator("QUANTIZE", [done], [same])
    b.operator("QUANTIZE", [done], [rescaled])
    b.operator("DEQUANTIZE", [source], [real])
    b.inputs, b.outputs = [source], [same, rescaled, real, source]
    return b.build()


def uint8_inside() -> bytes:
    """Layers of uint8, as TensorFlow 1 wrote them, with weights of zero point 128."""
    b = TfliteBuilder()
    rng = np.random.default_rng(3)
    source = b.tensor("uint8", (1, 6, 6, 3), **UINT8)
    weights = b.tensor(
        "uint8", (4, 3, 3, 3), scales=[0.01], zero_points=[128], data=rng.integers(0, 256, 108)
    )
    bias = b.tensor("int32", (4,), scales=[0.0005], data=rng.integers(-99, 99, 4))
    conv = b.tensor("uint8", (1, 4, 4, 4), scales=[0.1], zero_points=[120])
    pool = b.tensor("uint8", (1, 2, 2, 4), scales=[0.1], zero_points=[120])
    flat = b.tensor("uint8", (1, 16), scales=[0.1], zero_points=[120])
    likely = b.tensor("uint8", (1, 16), scales=[1 / 256], zero_points=[0])
    real = b.tensor("float32", (1, 6, 6, 3))
    b.operator("CONV_2D", [source, weights, bias], [conv], Padding=1, StrideH=1, StrideW=1)
    b.operator(
        "MAX_POOL_2D",
        [conv],
        [pool],
        Padding=1,
        StrideH=2,
        StrideW=2,
        FilterHeight=2,
        FilterWidth=2,
    )
    b.operator("RESHAPE", [pool], [flat], NewShape=[1, 16])
    b.operator("SOFTMAX", [flat], [likely], Beta=1.0)
    b.operator("CAST", [source], [real])
    b.inputs, b.outputs = [source], [likely, pool, real]
    return b.build()


def raw_bytes() -> bytes:
    """uint8 and int16 without a scale, read as numbers."""
    b = TfliteBuilder()
    for dtype in ("uint8", "int16"):
        source, flat = b.tensor(dtype, (2, 4)), b.tensor(dtype, (8,))
        real = b.tensor("float32", (8,))
        b.operator("RESHAPE", [source], [flat], NewShape=[8])
        b.operator("CAST", [flat], [real])
        b.inputs.append(source)
        b.outputs.append(real)
    return b.build()


def whole_numbers() -> bytes:
    """Sums, differences and products of int32, with broadcast and a constant on either side."""
    b = TfliteBuilder()
    one, two = b.tensor("int32", (2, 3)), b.tensor("int32", (3,))
    three = b.tensor("int32", (1,), data=np.array([-3]))
    for kind, operands in (
        ("ADD", [one, two]), ("SUB", [two, one]), ("MUL", [one, one]), ("ADD", [three, two]),
        ("SUB", [three, one]), ("MUL", [two, three]),
    ):  # fmt: skip
        shape = (2, 3) if one in operands else (3,)
        b.outputs.append(b.tensor("int32", shape))
        b.operator(kind, operands, b.outputs[-1:])
    b.inputs = [one, two]
    return b.build()


MODELS = {
    "two sums": two_sums,
    "every type": every_type,
    "ranks": ranks,
    "embedding": embedding,
    "switched": switched,
    "uint8 ends": uint8_ends,
    "uint8 inside": uint8_inside,
    "raw bytes": raw_bytes,
    "whole numbers": whole_numbers,
}
