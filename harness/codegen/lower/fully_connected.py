"""Kernel choice of FULLY_CONNECTED, and of 1x1 convolutions."""

from __future__ import annotations

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.constants import HybridConstants, LayerConstants
from harness.codegen.lower.channels import (
    OFFSET_RANGE_HYBRID,
    Scaling,
    channel_rescale_s8,
    folded_bias,
    layer_constants_s16,
    rescaling_margins,
    row_scales,
    used_bias,
)
from harness.codegen.lower.common import (
    activation_f32,
    activation_s8,
    activation_s16,
    rescale,
    scale_s16,
)
from harness.codegen.lower.site import DenseSite, dense_site
from harness.codegen.lower.support import DYNAMIC, FLOAT32, INT8, INT16, OperatorSupport
from harness.codegen.operands import (
    Operands,
    check_accumulator,
    per_tensor,
    weight_scales,
)
from harness.codegen.storage.blocked import blocked
from harness.codegen.structs import FcF32Params, FcHybridParams, FcS8Params, FcS16Params


def fully_connected_s8(op: Operands) -> Call:
    """FULLY_CONNECTED in int8, with one scale for all outputs or one for each."""
    site = dense_site(op, "int8")
    scales = weight_scales(op.constant(1), 0, zeros=True)
    scaling: Scaling | None = None
    kernel = "engine_fc_s8"
    if len(scales) > 1:
        scaling = channel_rescale_s8(op.activation(0), op.output, scales, site.outputs)
        kernel = "engine_fc_per_channel_s8"
    return fully_connected_call_s8(op, kernel, site, scaling)


def fully_connected_call_s8(
    op: Operands, kernel: str, site: DenseSite, scaling: Scaling | None
) -> Call:
    """Return the call of an int8 layer; without `scaling` one factor applies to all outputs."""
    source, output = op.activation(0), op.output
    in_scale, in_zero = per_tensor(source)
    out_scale, out_zero = per_tensor(output)
    rows, outputs, depth, weights = site.rows, site.outputs, site.depth, site.weights
    multiplier, shift = 0, 0
    if scaling is None:
        filter_scale = weight_scales(op.constant(1), 0, zeros=True)[0]
        # TFLite multiplies the first two scales in float32, unlike in the per-channel case
        product = float(np.float32(in_scale) * np.float32(filter_scale))
        multiplier, shift = rescale(product / out_scale)
    folded = folded_bias(weights, op.bias(2, "int32", outputs), -in_zero)
    folded = used_bias(folded, scaling.multipliers if scaling else multiplier)
    margins = rescaling_margins(scaling.shifts if scaling else np.full(outputs, shift))
    check_accumulator(weights, folded, 128, margins=margins)
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
    """FULLY_CONNECTED in float32."""
    return fully_connected_call_f32(op, dense_site(op, "float32"))


def fully_connected_call_f32(op: Operands, site: DenseSite) -> Call:
    """Return the call of a float32 layer."""
    source, output = op.activation(0), op.output
    rows, outputs, depth, weights = site.rows, site.outputs, site.depth, site.weights
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
    """FULLY_CONNECTED in int16, with one scale for all outputs or one for each."""
    source, output, site = op.activation(0), op.output, dense_site(op, "int8")
    rows, outputs, depth, data = site.rows, site.outputs, site.depth, site.weights
    in_scale, out_scale = scale_s16(source), scale_s16(output)
    scales = weight_scales(op.constant(1), 0, zeros=True)
    if len(scales) > 1:
        factors = [in_scale * scale / out_scale for scale in scales]
    else:
        # TFLite multiplies these two in float32, unlike in the per-channel case
        factors = [float(np.float32(in_scale) * np.float32(scales[0])) / out_scale] * outputs
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
    """FULLY_CONNECTED with dynamic range."""
    output, site = op.output, dense_site(op, "int8", source=3)
    rows, outputs, depth, data = site.rows, site.outputs, site.depth, site.weights
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


OPERATORS = (
    OperatorSupport(
        kind="FULLY_CONNECTED",
        summary="product with a matrix of weights",
        lowerings={
            INT8: fully_connected_s8,
            FLOAT32: fully_connected_f32,
            INT16: fully_connected_s16,
            DYNAMIC: fully_connected_hybrid,
        },
        kernels=("fc", "sparse"),
        restrictions=("no shuffled weights",),
        sparse=(INT8, FLOAT32),
        weights=(1,),
        biases=(2,),
    ),
)
