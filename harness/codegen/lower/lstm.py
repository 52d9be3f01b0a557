"""Kernel choice of LSTM and UNIDIRECTIONAL_SEQUENCE_LSTM: int8 with an int16 cell state, float32.

Sources: tensorflow/lite/kernels/unidirectional_sequence_lstm.cc (scales, in float32) and
lstm_eval.cc (8x8_16).
"""

from __future__ import annotations

import math
from math import prod

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.constants import LstmConstants
from harness.codegen.fixed_point import quantise_multiplier
from harness.codegen.graph import Array, Tensor
from harness.codegen.lower.channels import Scaling
from harness.codegen.lower.common import SIZE_MAX
from harness.codegen.lower.support import FLOAT32, INT8, OperatorSupport
from harness.codegen.operands import Operands, data_of, per_tensor, require, weight_scales
from harness.codegen.options import LstmOptions
from harness.codegen.structs import INT16_MAX, LstmF32Params, LstmParams, LstmS8Params

_SUM_MAX = 1 << 30
# Positions of inputs; gates in the order input, forget, cell, output
_WEIGHTS, _RECURRENT, _BIAS = (1, 2, 3, 4), (5, 6, 7, 8), (12, 13, 14, 15)
_PEEPHOLES, _PROJECTION, _NORMS = (9, 10, 11), (16, 17), (20, 21, 22, 23)
_OUTPUT_STATE, _CELL_STATE = 18, 19
_HIDDEN = 4  # position among the intermediates
_GATE_SCALE = np.float32(2**-12)


def lstm_f32(op: Operands) -> Call:
    """The float32 operator."""
    steps, inputs, cells = _sizes(op)
    states = [op.state(p, "float32", cells).index for p in (_OUTPUT_STATE, _CELL_STATE)]
    weights = _matrices(op, _WEIGHTS, "float32", (cells, inputs))
    recurrent = _matrices(op, _RECURRENT, "float32", (cells, cells))
    bias = np.stack([op.bias(position, "float32", cells) for position in _BIAS])
    params = LstmF32Params(steps=steps, inputs=inputs, cells=cells, cell_clip=_clip(op))
    constants = LstmConstants(weights=weights, recurrent=recurrent, bias=bias)
    return _call(op, "engine_lstm_f32", params, states, constants)


def lstm_s8(op: Operands) -> Call:
    """The int8 operator; its gates have 16 bits."""
    steps, inputs, cells = _sizes(op)
    output_state = op.state(_OUTPUT_STATE, "int8", cells)
    cell_state = op.state(_CELL_STATE, "int16", cells)
    weights = _matrices(op, _WEIGHTS, "int8", (cells, inputs))
    recurrent = _matrices(op, _RECURRENT, "int8", (cells, cells))
    bias = np.stack([op.bias(position, "int32", cells) for position in _BIAS])
    # the reference copies the state to the output and ignores the output's scale
    (in_scale, in_zero), (state_scale, state_zero) = map(
        per_tensor, (op.activation(0), output_state)
    )
    hidden_scale, hidden_zero = _hidden(op)
    cell_scale, cell_bits = _cell(cell_state)
    shares = np.stack(
        [
            _with_zero_point(bias, weights, in_zero),
            _with_zero_point(np.zeros_like(bias), recurrent, state_zero),
        ]
    )
    factors = [
        float(np.float32(scale) * np.float32(source) / _GATE_SCALE)
        for positions, source in ((_WEIGHTS, in_scale), (_RECURRENT, state_scale))
        for scale in (_scale(op, position) for position in positions)
    ]
    pairs = [quantise_multiplier(factor) for factor in factors]
    _check_sums(weights, shares[0], [shift for _, shift in pairs[:4]])
    _check_sums(recurrent, shares[1], [shift for _, shift in pairs[4:]])
    pairs.append(quantise_multiplier(float(np.float32(2.0**-30 / hidden_scale))))
    require(pairs[-1][1] <= 0, f"a hidden scale of {hidden_scale:g}")
    clip = float(np.float32(_clip(op)) / np.float32(cell_scale))
    params = LstmS8Params(
        steps=steps,
        inputs=inputs,
        cells=cells,
        cell_clip=min(int(clip), INT16_MAX),
        cell_bits=cell_bits,
        hidden_offset=hidden_zero,
    )
    scaling = Scaling.of(pairs, np.int32)
    constants = LstmConstants(
        weights=weights,
        recurrent=recurrent,
        bias=shares.astype(np.int32),
        multipliers=scaling.multipliers,
        shifts=scaling.shifts,
    )
    return _call(op, "engine_lstm_s8", params, [output_state.index, cell_state.index], constants)


def _call(
    op: Operands, kernel: str, params: LstmParams, states: list[int], constants: LstmConstants
) -> Call:
    matrices = (constants.weights, constants.recurrent)
    return Call(
        kernel=kernel,
        inputs=(op.activation(0).index,),
        output=op.output.index,
        params=params,
        constants=constants,
        macs=params.steps * sum(m.size for m in matrices),
        nonzero_macs=params.steps * sum(int(np.count_nonzero(m)) for m in matrices),
        states=tuple(states),
    )


def _sizes(op: Operands) -> tuple[int, int, int]:
    """Return steps, inputs and cells; refuse all forms of the operator without a kernel."""
    o, source, output = op.options(LstmOptions), op.activation(0), op.output
    require(not o.basic, "the basic form of LSTM")
    require(o.activation == "TANH", f"fused activation {o.activation}")
    require(o.proj_clip == 0 and op.absent(*_PROJECTION), "a projection")
    require(op.absent(*_PEEPHOLES), "peephole connections")
    require(op.absent(*_NORMS), "layer normalisation")
    require(not op.absent(1) and not op.absent(5), "coupled input and forget gates")
    require(not o.diagonal, "diagonal recurrent weights")
    tensors = op.operator.inputs
    require(len(tensors) in (20, 24), f"{len(tensors)} inputs")
    require(tensors[_OUTPUT_STATE] != tensors[_CELL_STATE], "one variable for both states")
    rank = 2 if op.operator.kind == "LSTM" else 3
    require(len(source.shape) == len(output.shape) == rank, f"an input of shape {source.shape}")
    require(source.shape[1 if o.time_major else 0] == 1, "more than one sequence at a time")
    steps, inputs, cells = prod(source.shape[:-1]), source.shape[-1], output.shape[-1]
    require(output.shape == (*source.shape[:-1], cells), f"output shape {output.shape}")
    require(max(steps, inputs, cells) <= SIZE_MAX, "a size above 65535")
    return steps, inputs, cells


def _matrices(
    op: Operands, positions: tuple[int, ...], dtype: str, shape: tuple[int, int]
) -> Array:
    tensors = [op.constant(position) for position in positions]
    for tensor in tensors:
        require(tensor.dtype == dtype, f"{tensor.dtype} weights with {dtype} inputs")
        require(tensor.shape == shape, f"weights of shape {tensor.shape}, not {shape}")
    return np.stack([data_of(tensor) for tensor in tensors])


def _clip(op: Operands) -> float:
    clip = op.options(LstmOptions).cell_clip
    require(math.isfinite(clip) and clip >= 0, "a clip below 0")
    return clip


def _scale(op: Operands, position: int) -> float:
    scales = weight_scales(op.constant(position), 0)
    require(len(scales) == 1, "weights with more than one scale")
    return scales[0]


def _cell(state: Tensor) -> tuple[float, int]:
    """Return the scale of the cell state, a power of two, and its integer bits."""
    q = state.quantisation
    require(q is not None and len(q.scales) == 1, "a cell state without one scale")
    assert q is not None
    scale = q.scales[0]
    require(math.isfinite(scale) and scale > 0, f"a cell state of scale {scale}")
    bits = 15 + round(math.log2(scale))
    power = abs(math.log2(scale) - round(math.log2(scale))) < 1e-3
    require(power and 0 <= bits <= 6 and q.zero_points[0] == 0, f"a cell state of scale {scale}")
    return scale, bits


def _hidden(op: Operands) -> tuple[float, int]:
    """Return scale and zero point of the output before a projection, which must be absent."""
    known = op.operator.intermediates
    require(len(known) == 5, f"{len(known)} intermediate tensors")
    return per_tensor(op.graph.tensors[known[_HIDDEN]])


def _with_zero_point(bias: Array, matrices: Array, zero: int) -> Array:
    """Return bias [4][cells] minus the contribution of the input's zero point to each sum."""
    shares: Array = bias.astype(np.int64) - zero * matrices.astype(np.int64).sum(axis=2)
    require(bool((np.abs(shares) < 1 << 31).all()), "a bias beyond 32 bits")
    return shares


def _check_sums(matrices: Array, bias: Array, shifts: list[int]) -> None:
    """Refuse sums that could overflow int32 while they are rescaled."""
    sums = 128 * np.abs(matrices.astype(np.int64)).sum(axis=2) + np.abs(bias)
    worst = (int(each.max()) << max(shift, 0) for each, shift in zip(sums, shifts, strict=True))
    require(all(each < _SUM_MAX for each in worst), "an accumulator could exceed 31 bits")


_KERNELS = (*_WEIGHTS, *_RECURRENT, *_PEEPHOLES, _PROJECTION[0])
_BIASES = (*_BIAS, _PROJECTION[1], *_NORMS)
_LOWERINGS = {INT8: lstm_s8, FLOAT32: lstm_f32}
_RESTRICTIONS = (
    "one sequence at a time",
    "activation TANH",
    "no peepholes, projection, layer normalisation, or coupled input and forget gates",
)
OPERATORS = (
    OperatorSupport(
        kind="LSTM",
        summary="one step of an LSTM, which keeps its state between runs",
        lowerings=_LOWERINGS,
        kernels=("lstm",),
        restrictions=(*_RESTRICTIONS, "not the basic form"),
        weights=_KERNELS,
        biases=_BIASES,
    ),
    OperatorSupport(
        kind="UNIDIRECTIONAL_SEQUENCE_LSTM",
        summary="steps of an LSTM, which keeps its state between runs",
        lowerings=_LOWERINGS,
        kernels=("lstm",),
        restrictions=(*_RESTRICTIONS, "no diagonal recurrent weights"),
        weights=_KERNELS,
        biases=_BIASES,
    ),
)
