"""Builders of random recurrent operators and of row normalisation, for `op_models`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import tflite

if TYPE_CHECKING:
    from tests.engine.one_operator import OpModel

_TANH = tflite.ActivationFunctionType.TANH
_INPUTS = 24  # of an LSTM, most of them optional
_WEIGHTS, _RECURRENT, _BIAS = (1, 5, 12)  # the first of four each
_STATES = (18, 19)


def svdf(m: OpModel) -> None:
    """Behind a second one, so that both states are alive together."""
    inputs, units, rank, memory = (int(n) for n in m.rng.integers(1, 7, 4))
    start = m.tensor((1, inputs))
    middle = _svdf(m, start, inputs, (units, rank, memory))
    m.finish(start, _svdf(m, middle, units, (3, 2, 4)))


def _svdf(m: OpModel, source: int, inputs: int, sizes: tuple[int, int, int]) -> int:
    units, rank, memory = sizes
    b, filters = m.builder, units * rank
    feature, time = (filters, inputs), (filters, memory)
    if m.dtype == "int8":
        scale = _near(m, 1e-3)
        weights = [
            b.tensor("int8", feature, scales=[_near(m, 0.02)], data=m.values(feature)),
            b.tensor(
                "int16", time, scales=[_near(m, 1e-4)], data=m.rng.integers(-9000, 9000, time)
            ),
        ]
        bias = b.tensor("int32", (units,), data=m.rng.integers(-30_000, 30_000, units))
        state = b.tensor("int16", (1, filters * memory), scales=[scale], variable=True)
    else:
        weights = [m.tensor(shape, data=m.values(shape)) for shape in (feature, time)]
        bias = m.tensor((units,), data=m.values((units,)))
        state = b.tensor("float32", (1, filters * memory), variable=True)
    result = m.tensor((1, units))
    with_bias = bias if m.rng.random() < 0.7 else -1
    relu = tflite.ActivationFunctionType.RELU
    activation = relu if m.dtype == "int8" else m.activation()
    options = {"Rank": rank, "FusedActivationFunction": activation}
    b.operator("SVDF", [source, *weights, with_bias, state], [result], **options)
    return result


def lstm(m: OpModel) -> None:
    """A sequence, batch or time first; LSTM is one step of it."""
    steps, inputs, cells = (int(n) for n in m.rng.integers(1, 7, 3))
    options: dict[str, Any] = {"FusedActivationFunction": _TANH}
    if m.rng.random() < 0.5:
        options["CellClip"] = float(m.rng.uniform(0.2, 3))
    if m.kind == "LSTM":
        shape: tuple[int, ...] = (1, inputs)
    elif m.rng.random() < 0.3:
        shape = (steps, 1, inputs)
        options["TimeMajor"] = True
    else:
        shape = (1, steps, inputs)
    q = m.quantisation(0.02)
    start = source = m.tensor((1, steps, inputs) if m.kind != "LSTM" else shape, q)
    if "TimeMajor" in options:  # a model's own first dimension is 1
        source = m.tensor(shape, q)
        m.builder.operator("TRANSPOSE", [start, m.integers([1, 0, 2])], [source])
    operands = [-1] * _INPUTS
    operands[0] = source
    for gate in range(4):
        operands[_WEIGHTS + gate] = _matrix(m, (cells, inputs))
        operands[_RECURRENT + gate] = _matrix(m, (cells, cells))
        operands[_BIAS + gate] = _bias(m, cells)
    q = m.quantisation(1 / 128)
    operands[_STATES[0]] = m.builder.tensor(m.dtype, (1, cells), variable=True, **q)
    cell = {"scales": [2.0 ** int(m.rng.integers(-15, -8))]} if q else {}
    dtype = "int16" if q else "float32"
    operands[_STATES[1]] = m.builder.tensor(dtype, (1, cells), variable=True, **cell)
    result = m.tensor((*shape[:-1], cells), q)
    intermediates = []
    if q:
        intermediates = [m.builder.tensor("float32", (0,)) for _ in range(4)]
        intermediates.append(m.builder.tensor("int8", (0,), **q))
    m.builder.operator(m.kind, operands, [result], intermediates=intermediates, **options)
    if "TimeMajor" in options:
        end = m.tensor((1, steps, cells), q)
        m.builder.operator("TRANSPOSE", [result, m.integers([1, 0, 2])], [end])
        result = end
    m.finish(start, result)


def _matrix(m: OpModel, shape: tuple[int, int]) -> int:
    if m.dtype == "float32":
        return m.tensor(shape, data=m.values(shape))
    return m.builder.tensor("int8", shape, scales=[_near(m, 0.01)], data=m.values(shape))


def _bias(m: OpModel, cells: int) -> int:
    if m.dtype == "float32":
        return m.tensor((cells,), data=m.values((cells,)))
    return m.builder.tensor("int32", (cells,), data=m.rng.integers(-3000, 3000, cells))


def _near(m: OpModel, middle: float) -> float:
    return float(np.float32(middle * 2 ** m.rng.uniform(-1, 1)))


def l2_norm(m: OpModel) -> None:
    """Rows along the last axis."""
    shape = m.shape(2)
    start = m.tensor(shape)
    end = m.tensor(shape, {"scales": [1 / 128]} if m.dtype == "int8" else {})
    m.builder.operator(m.kind, [start], [end])
    m.finish(start, end)
