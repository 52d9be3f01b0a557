"""Kernel choice of SVDF: int8 with an int16 state, float32.

Sources: tensorflow/lite/kernels/svdf.cc (scales, in float32) and internal/reference/svdf.h.
"""

from __future__ import annotations

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.constants import SvdfConstants
from harness.codegen.fixed_point import quantise_multiplier
from harness.codegen.graph import Array
from harness.codegen.lower.common import SIZE_MAX, activation_f32
from harness.codegen.lower.support import FLOAT32, INT8, OperatorSupport
from harness.codegen.operands import (
    Operands,
    check_accumulator,
    data_of,
    per_tensor,
    require,
    weight_scales,
)
from harness.codegen.options import SvdfOptions
from harness.codegen.structs import SvdfF32Params, SvdfParams, SvdfS8Params

_STATE = 4


def svdf_f32(op: Operands) -> Call:
    """The float32 operator."""
    sizes = _sizes(op)
    feature, time = _weights(op, "float32", "float32")
    low, high = activation_f32(op)
    params = SvdfF32Params(
        inputs=sizes.inputs,
        units=sizes.units,
        rank=sizes.rank,
        memory=sizes.memory,
        activation_min=low,
        activation_max=high,
    )
    return _call(op, "engine_svdf_f32", params, feature, time, "float32", "float32")


def svdf_s8(op: Operands) -> Call:
    """The int8 operator. The reference clamps to the output's limits, whatever the activation."""
    sizes = _sizes(op)
    feature, time = _weights(op, "int8", "int16")
    (in_scale, in_zero), (out_scale, out_zero) = per_tensor(op.activation(0)), per_tensor(op.output)
    state = op.state(_STATE, "int16", feature.shape[0] * sizes.memory)
    q = state.quantisation
    require(q is not None and len(q.scales) == 1 and q.scales[0] > 0, "a state without one scale")
    assert q is not None
    feature_scale, time_scale = (weight_scales(op.constant(p), 0) for p in (1, 2))
    require(len(feature_scale) == len(time_scale) == 1, "weights with more than one scale")
    state_multiplier, state_shift = _rescale(in_scale, feature_scale[0], q.scales[0])
    out_multiplier, out_shift = _rescale(q.scales[0], time_scale[0], out_scale)
    check_accumulator(feature, np.zeros(len(feature)), 255 << max(state_shift, 0))
    params = SvdfS8Params(
        inputs=sizes.inputs,
        units=sizes.units,
        rank=sizes.rank,
        memory=sizes.memory,
        state_multiplier=state_multiplier,
        output_multiplier=out_multiplier,
        state_shift=state_shift,
        output_shift=out_shift,
        input_offset=-in_zero,
        output_offset=out_zero,
        activation_min=-128,
        activation_max=127,
    )
    return _call(op, "engine_svdf_s8", params, feature, time, "int16", "int32")


def _call(
    op: Operands,
    kernel: str,
    params: SvdfParams,
    feature: Array,
    time: Array,
    state: str,
    bias: str,
) -> Call:
    return Call(
        kernel=kernel,
        inputs=(op.activation(0).index,),
        output=op.output.index,
        params=params,
        constants=SvdfConstants(
            weights=feature, time_weights=time, bias=op.bias(3, bias, params.units)
        ),
        macs=feature.size + time.size,
        nonzero_macs=int(np.count_nonzero(feature)) + int(np.count_nonzero(time)),
        states=(op.state(_STATE, state, time.size).index,),
    )


def _sizes(op: Operands) -> SvdfParams:
    source, output, rank = op.activation(0), op.output, op.options(SvdfOptions).rank
    feature, time = op.constant(1), op.constant(2)
    require(len(feature.shape) == len(time.shape) == 2, "weights without 2 dimensions")
    filters, inputs = feature.shape
    require(rank > 0 and filters % rank == 0, f"{filters} filters of rank {rank}")
    units, memory = filters // rank, time.shape[1]
    require(time.shape[0] == filters, f"time weights of shape {time.shape}")
    require(source.shape == (1, inputs), f"an input of shape {source.shape}")
    require(output.shape == (1, units), f"an output of shape {output.shape}")
    require(max(inputs, units, rank, memory) <= SIZE_MAX, "a size above 65535")
    return SvdfParams(inputs=inputs, units=units, rank=rank, memory=memory)


def _weights(op: Operands, feature: str, time: str) -> tuple[Array, Array]:
    for position, dtype in ((1, feature), (2, time)):
        found = op.constant(position).dtype
        require(found == dtype, f"weights of {found} at input {position}, not {dtype}")
    return data_of(op.constant(1)), data_of(op.constant(2))


def _rescale(first: float, second: float, to: float) -> tuple[int, int]:
    factor = np.float32(first) * np.float32(second) / np.float32(to)
    require(bool(np.isfinite(factor)), "a rescaling factor beyond float32")
    multiplier, shift = quantise_multiplier(float(factor))
    require(shift <= 30, f"a rescaling factor of {factor:g}")
    return multiplier, shift


OPERATORS = (
    OperatorSupport(
        kind="SVDF",
        summary="filters over the inputs of past runs, which are its state",
        lowerings={INT8: svdf_s8, FLOAT32: svdf_f32},
        kernels=("svdf",),
        restrictions=("one sequence at a time", "an int16 state and int16 time weights in int8"),
        weights=(1, 2),
        biases=(3,),
    ),
)
