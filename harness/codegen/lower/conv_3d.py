"""Kernel choice of CONV_3D: the convolution of a volume, in float32."""

from __future__ import annotations

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.constants import LayerConstants
from harness.codegen.lower.common import activation_f32
from harness.codegen.lower.site import weights_of
from harness.codegen.lower.support import FLOAT32, OperatorSupport
from harness.codegen.operands import Operands, data_of, require
from harness.codegen.options import Conv3dOptions
from harness.codegen.structs import INT16_MAX, Axis3d, Conv3dF32Params
from harness.codegen.window import axis_padding


def conv_3d_f32(op: Operands) -> Call:
    """CONV_3D; the file's weights are [planes][rows][columns][inputs][outputs]."""
    source, output, weights = op.activation(0), op.output, weights_of(op, "float32")
    shapes = (source.shape, output.shape, weights.shape)
    require(all(len(shape) == 5 for shape in shapes), "a tensor without 5 dimensions")
    *kernel, depth, channels = weights.shape
    require(source.shape[0] == output.shape[0] == 1, f"batch of {source.shape[0]}")
    require((source.shape[4], output.shape[4]) == (depth, channels), f"weights of {weights.shape}")
    options = op.options(Conv3dOptions)
    require(options.padding in ("SAME", "VALID"), f"{options.padding}")
    strides = (options.stride_d, options.stride_h, options.stride_w)
    dilations = (options.dilation_d, options.dilation_h, options.dilation_w)
    factors = (*kernel, *strides, *dilations)
    require(min(factors) >= 1, f"strides, dilations and kernel sizes {factors}")
    require(max(*factors, *source.shape, *output.shape) <= INT16_MAX, "a size above 32767")
    axes = [
        _axis(*sizes, options.padding)
        for sizes in zip(source.shape[1:4], kernel, strides, dilations, strict=True)
    ]
    follows = tuple(axis.out for axis in axes)
    require(output.shape[1:4] == follows, f"output shape {output.shape} where {follows} follows")
    low, high = activation_f32(op)
    planes, rows, columns = axes
    params = Conv3dF32Params(
        planes=planes,
        rows=rows,
        columns=columns,
        in_c=depth,
        out_c=channels,
        activation_min=low,
        activation_max=high,
    )
    filters = np.ascontiguousarray(np.moveaxis(data_of(weights), 4, 0))
    positions = output.elements // channels
    return Call(
        kernel="engine_conv_3d_f32",
        inputs=(source.index,),
        output=output.index,
        params=params,
        constants=LayerConstants(weights=filters, bias=op.bias(2, "float32", channels)),
        macs=positions * filters.size,
        nonzero_macs=positions * int(np.count_nonzero(filters)),
    )


def _axis(size: int, kernel: int, stride: int, dilation: int, padding: str) -> Axis3d:
    out, pad = axis_padding(size, kernel, stride, dilation, padding)
    return Axis3d(size=size, out=out, kernel=kernel, stride=stride, dilation=dilation, pad=pad)


OPERATORS = (
    OperatorSupport(
        kind="CONV_3D",
        summary="convolution of a volume",
        lowerings={FLOAT32: conv_3d_f32},
        kernels=("conv_3d",),
        restrictions=("one volume at a time",),
        weights=(1,),
        biases=(2,),
    ),
)
