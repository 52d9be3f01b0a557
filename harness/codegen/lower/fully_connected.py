"""Kernel choice of FULLY_CONNECTED, and of convolutions that are one."""

from __future__ import annotations

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.constants import HybridConstants, LayerConstants
from harness.codegen.graph import Array
from harness.codegen.lower.channels import (
    OFFSET_RANGE_HYBRID,
    Scaling,
    channel_rescale_s8,
    folded_bias,
    layer_constants_s16,
    row_scales,
    with_margin,
)
from harness.codegen.lower.common import (
    SIZE_MAX,
    activation_f32,
    activation_s8,
    activation_s16,
    rescale,
    scale_s16,
)
from harness.codegen.operands import (
    Operands,
    check_accumulator,
    data_of,
    per_tensor,
    require,
    weight_scales,
)
from harness.codegen.options import FullyConnectedOptions
from harness.codegen.storage.blocked import blocked
from harness.codegen.structs import FcF32Params, FcHybridParams, FcS8Params, FcS16Params


def fully_connected_s8(op: Operands) -> Call:
    """FULLY_CONNECTED, with one scale for all outputs or one each."""
    source, weights, output = op.activation(0), op.constant(1), op.output
    require(not op.options(FullyConnectedOptions).shuffled_weights, "shuffled weights")
    require(len(weights.shape) == 2, "weights without 2 dimensions")
    outputs, depth = weights.shape
    require(source.elements % depth == 0, f"{source.elements} inputs for rows of {depth}")
    scales = weight_scales(weights, 0)
    bias = op.bias(2, "int32", outputs)
    scaling: Scaling | None = None
    kernel = "engine_fc_s8"
    if len(scales) > 1:
        scaling = channel_rescale_s8(source, output, scales, outputs)
        kernel = "engine_fc_per_channel_s8"
    return fully_connected_call_s8(op, kernel, data_of(weights), bias, scaling)


def fully_connected_call_s8(
    op: Operands, kernel: str, weights: Array, bias: Array, scaling: Scaling | None
) -> Call:
    """The call of an int8 layer; without `scaling` one factor serves all outputs."""
    source, output = op.activation(0), op.output
    in_scale, in_zero = per_tensor(source)
    out_scale, out_zero = per_tensor(output)
    outputs, depth = weights.shape
    rows = source.elements // depth
    require(output.elements == rows * outputs, f"output shape {output.shape}")
    require(max(rows, outputs, depth) <= SIZE_MAX, "a size above 65535")
    multiplier, shift = 0, 0
    if scaling is None:
        filter_scale = weight_scales(op.constant(1), 0)[0]
        # TFLite multiplies the first two scales in float32, unlike in the per-channel case
        product = float(np.float32(in_scale) * np.float32(filter_scale))
        multiplier, shift = rescale(product / out_scale)
    folded = folded_bias(weights, bias, -in_zero)
    check_accumulator(weights, with_margin(folded), 128)
    low, high = activation_s8(op)
    return Call(
        kernel=kernel,
        inputs=(source.index,),
        output=output.index,
        params=FcS8Params(
            rows=rows,
            depth=depth,
            outputs=outputs,
            output_offset=out_zero,
            activation_min=low,
            activation_max=high,
            multiplier=multiplier,
            shift=shift,
        ),
        constants=LayerConstants(
            weights=blocked(weights.reshape(outputs, 1, depth)),
            bias=folded,
            multipliers=scaling.multipliers if scaling else None,
            shifts=scaling.shifts if scaling else None,
        ),
        macs=rows * weights.size,
        nonzero_macs=rows * int(np.count_nonzero(weights)),
    )


def fully_connected_f32(op: Operands) -> Call:
    """FULLY_CONNECTED."""
    source, weights = op.activation(0), op.constant(1)
    require(not op.options(FullyConnectedOptions).shuffled_weights, "shuffled weights")
    require(len(weights.shape) == 2, "weights without 2 dimensions")
    depth = weights.shape[1]
    require(source.elements % depth == 0, f"{source.elements} inputs for rows of {depth}")
    return fully_connected_call_f32(op, data_of(weights))


def fully_connected_call_f32(op: Operands, weights: Array) -> Call:
    """The call of a float32 layer, weights [outputs][depth]."""
    source, output = op.activation(0), op.output
    outputs, depth = weights.shape
    rows = source.elements // depth
    require(output.elements == rows * outputs, f"output shape {output.shape}")
    require(max(rows, outputs, depth) <= SIZE_MAX, "a size above 65535")
    low, high = activation_f32(op)
    return Call(
        kernel="engine_fc_f32",
        inputs=(source.index,),
        output=output.index,
        params=FcF32Params(
            rows=rows, depth=depth, outputs=outputs, activation_min=low, activation_max=high
        ),
        constants=LayerConstants(weights=weights, bias=op.bias(2, "float32", outputs)),
        macs=rows * weights.size,
        nonzero_macs=rows * int(np.count_nonzero(weights)),
    )


def fully_connected_s16(op: Operands) -> Call:
    """FULLY_CONNECTED, with one scale for all outputs or one each."""
    source, weights, output = op.activation(0), op.constant(1), op.output
    require(not op.options(FullyConnectedOptions).shuffled_weights, "shuffled weights")
    require(len(weights.shape) == 2, "weights without 2 dimensions")
    outputs, depth = weights.shape
    require(source.elements % depth == 0, f"{source.elements} inputs for rows of {depth}")
    rows = source.elements // depth
    require(output.elements == rows * outputs, f"output shape {output.shape}")
    require(max(rows, outputs, depth) <= SIZE_MAX, "a size above 65535")
    in_scale, out_scale = scale_s16(source), scale_s16(output)
    scales = weight_scales(weights, 0, zeros=True)
    if len(scales) > 1:
        factors = [in_scale * scale / out_scale for scale in scales]
    else:
        # TFLite multiplies these two in float32, unlike in the per-channel case
        factors = [float(np.float32(in_scale) * np.float32(scales[0])) / out_scale] * outputs
    data = data_of(weights)
    constants = layer_constants_s16(op, data, data, factors)
    low, high = activation_s16(op)
    return Call(
        kernel="engine_fc_s16",
        inputs=(source.index,),
        output=output.index,
        params=FcS16Params(
            rows=rows, depth=depth, outputs=outputs, activation_min=low, activation_max=high
        ),
        constants=constants,
        macs=rows * data.size,
        nonzero_macs=rows * int(np.count_nonzero(data)),
    )


def fully_connected_hybrid(op: Operands) -> Call:
    """FULLY_CONNECTED."""
    source, weights, output = op.activation(3), op.constant(1), op.output
    require(not op.options(FullyConnectedOptions).shuffled_weights, "shuffled weights")
    require(len(weights.shape) == 2, "weights without 2 dimensions")
    outputs, depth = weights.shape
    rows = source.elements // depth
    require(output.elements == rows * outputs, f"output shape {output.shape}")
    require(max(rows, outputs, depth) <= SIZE_MAX, "a size above 65535")
    data = data_of(weights)
    bias = op.bias(2, "float32", outputs)
    check_accumulator(data, np.zeros(outputs), OFFSET_RANGE_HYBRID)
    scales = row_scales(op, 0)
    low, high = activation_f32(op)
    return Call(
        kernel="engine_fc_hybrid",
        inputs=(op.activation(0).index,),
        output=output.index,
        params=FcHybridParams(
            rows=rows,
            depth=depth,
            outputs=outputs,
            per_channel=int(len(scales) > 1),
            activation_min=low,
            activation_max=high,
        ),
        constants=HybridConstants(weights=data, bias=bias, scales=scales),
        macs=rows * data.size,
        nonzero_macs=rows * int(np.count_nonzero(data)),
    )
