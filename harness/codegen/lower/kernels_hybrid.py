"""Kernel choice of hybrid operators: float32 activations quantised row by row, int8 weights.

The order of the float multiplications is TensorFlow Lite's (kernels/conv.cc, depthwise_conv.cc,
fully_connected.cc and internal/reference/portable_tensor_utils.cc), so that results are too.
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from harness.codegen.calls import Call, Constant, Params
from harness.codegen.graph import Array
from harness.codegen.lower.kernels_f32 import float_activation
from harness.codegen.operands import (
    Operands,
    check_accumulator,
    data_of,
    require,
    weight_scales,
)
from harness.codegen.passes.hybrid import row_pitch
from harness.codegen.window import Window, window_of

_SIZE_MAX = (1 << 16) - 1
_OFFSET_RANGE = 255  # of an int8 less a zero point


def quantize_rows(op: Operands) -> Call:
    """float32 to int8, each row with a scale of its own; see `hybrid`."""
    source, output = op.activation(0), op.output
    rows = output.shape[0]
    depth = source.elements // rows
    require(rows <= _SIZE_MAX, "more than 65535 rows")
    return Call(
        kernel="engine_quantize_rows_f32",
        inputs=(source.index,),
        output=output.index,
        params=Params(
            "engine_rows_params",
            {"depth": depth, "rows": rows, "asymmetric": int(op.options.asymmetric)},
        ),
        # the values are written behind those that are read, the tail into the row's last floats
        in_place=(source.index,) if row_pitch(depth) <= 4 * depth else (),
    )


def conv(op: Operands) -> Call:
    """CONV_2D."""
    weights = op.constant(1)
    require(len(weights.shape) == 4, "weights without 4 dimensions")
    channels, kernel_h, kernel_w, depth = weights.shape
    window = window_of(op.activation(3), op.output, op.options, (kernel_h, kernel_w), channels)
    require(depth == window.in_c, f"grouped convolution ({window.in_c} channels in, {depth} each)")
    dilated = (window.dilation_h, window.dilation_w) != (1, 1)
    require(not dilated, "dilation with dynamic range, which TensorFlow Lite ignores")
    return _convolution(op, "engine_conv_hybrid", window, 0)


def depthwise(op: Operands) -> Call:
    """DEPTHWISE_CONV_2D."""
    weights = op.constant(1)
    require(len(weights.shape) == 4 and weights.shape[0] == 1, "weights of a strange shape")
    _, kernel_h, kernel_w, channels = weights.shape
    window = window_of(op.activation(3), op.output, op.options, (kernel_h, kernel_w), channels)
    require(channels % window.in_c == 0, f"{channels} channels out of {window.in_c}")
    return _convolution(op, "engine_depthwise_hybrid", window, 3)


def _convolution(op: Operands, kernel: str, window: Window, axis: int) -> Call:
    weights = op.constant(1)
    data = data_of(weights)
    bias = op.bias(2, "float32", window.out_c)
    check_accumulator(np.moveaxis(data, axis, 0), np.zeros(window.out_c), _OFFSET_RANGE)
    scales = _scales(op, axis)
    return Call(
        kernel=kernel,
        inputs=(op.activation(0).index,),
        output=op.output.index,
        params=Params(
            "engine_conv_hybrid_params",
            {
                "window": asdict(window),
                "per_channel": int(len(scales) > 1),
                "unused": 0,
                **float_activation(op),
            },
        ),
        constants=(Constant("weights", data), Constant("bias", bias), Constant("scales", scales)),
        macs=window.positions * data.size,
        nonzero_macs=window.positions * int(np.count_nonzero(data)),
    )


def fully_connected(op: Operands) -> Call:
    """FULLY_CONNECTED."""
    source, weights, output = op.activation(3), op.constant(1), op.output
    require(not op.options.shuffled_weights, "shuffled weights")
    require(len(weights.shape) == 2, "weights without 2 dimensions")
    outputs, depth = weights.shape
    rows = source.elements // depth
    require(output.elements == rows * outputs, f"output shape {output.shape}")
    require(max(rows, outputs, depth) <= _SIZE_MAX, "a size above 65535")
    data = data_of(weights)
    bias = op.bias(2, "float32", outputs)
    check_accumulator(data, np.zeros(outputs), _OFFSET_RANGE)
    scales = _scales(op, 0)
    return Call(
        kernel="engine_fc_hybrid",
        inputs=(op.activation(0).index,),
        output=output.index,
        params=Params(
            "engine_fc_hybrid_params",
            {
                "rows": rows,
                "depth": depth,
                "outputs": outputs,
                "per_channel": int(len(scales) > 1),
                **float_activation(op),
            },
        ),
        constants=(Constant("weights", data), Constant("bias", bias), Constant("scales", scales)),
        macs=rows * data.size,
        nonzero_macs=rows * int(np.count_nonzero(data)),
    )


def _scales(op: Operands, axis: int) -> Array:
    scales = weight_scales(op.constant(1), axis)
    if op.operator.kind == "CONV_2D" and len(scales) > 1:
        require(len(set(scales)) > 1, "equal scales for all channels, which TFLite takes for 0")
    return np.array(scales, dtype=np.float32)
