"""Kernel choice and parameters of float32 operators with int8 weights (dynamic range).

Which way an input is quantised is TensorFlow Lite's choice: convolutions with a scale for each
channel asymmetrically, those with one scale symmetrically, fully connected layers as their options
say (tensorflow/lite/kernels/conv.cc, depthwise_conv.cc, fully_connected.cc).
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from harness.codegen.calls import Call, Constant, Params
from harness.codegen.graph import Array
from harness.codegen.kernels_f32 import float_activation
from harness.codegen.operands import Operands, check_accumulator, data_of, require, weight_scales
from harness.codegen.window import Window, window_of

_SIZE_MAX = (1 << 16) - 1


def conv(op: Operands) -> Call:
    """CONV_2D."""
    source, weights = op.activation(0), op.constant(1)
    require(len(weights.shape) == 4, "weights without 4 dimensions")
    channels, kernel_h, kernel_w, depth = weights.shape
    window = window_of(source, op.output, op.options, (kernel_h, kernel_w), channels)
    require(depth == window.in_c, f"grouped convolution ({window.in_c} channels in, {depth} each)")
    scales = weight_scales(weights, 0)
    return _window(op, "engine_conv_hybrid", window, data_of(weights), scales, len(scales) > 1)


def depthwise(op: Operands) -> Call:
    """DEPTHWISE_CONV_2D, which TensorFlow Lite runs with a scale for each channel only."""
    source, weights = op.activation(0), op.constant(1)
    require(len(weights.shape) == 4 and weights.shape[0] == 1, "weights of a strange shape")
    _, kernel_h, kernel_w, channels = weights.shape
    window = window_of(source, op.output, op.options, (kernel_h, kernel_w), channels)
    require(channels % window.in_c == 0, f"{channels} channels out of {window.in_c}")
    scales = weight_scales(weights, 3)
    require(len(scales) == channels, f"{len(scales)} scales for {channels} channels")
    return _window(op, "engine_depthwise_hybrid", window, data_of(weights), scales, True)


def _window(
    op: Operands,
    kernel: str,
    window: Window,
    weights: Array,
    scales: tuple[float, ...],
    asymmetric: bool,
) -> Call:
    source = op.activation(0)
    by_channel = np.moveaxis(weights, 3, 0) if "depthwise" in kernel else weights
    _check_sums(by_channel)
    return Call(
        kernel=kernel,
        inputs=(source.index,),
        output=op.output.index,
        params=Params(
            "engine_window_hybrid_params",
            {
                "window": asdict(window),
                "asymmetric": int(asymmetric),
                "per_channel": int(len(scales) > 1),
                **float_activation(op),
            },
        ),
        constants=_constants(op, weights, scales, window.out_c),
        macs=window.positions * weights.size,
        nonzero_macs=window.positions * int(np.count_nonzero(weights)),
        scratch_bytes=source.elements,
    )


def fully_connected(op: Operands) -> Call:
    """FULLY_CONNECTED."""
    source, weights, output = op.activation(0), op.constant(1), op.output
    require(not op.options.shuffled_weights, "shuffled weights")
    require(len(weights.shape) == 2, "weights without 2 dimensions")
    outputs, depth = weights.shape
    require(source.elements % depth == 0, f"{source.elements} inputs for rows of {depth}")
    rows = source.elements // depth
    require(output.elements == rows * outputs, f"output shape {output.shape}")
    require(max(rows, outputs, depth) <= _SIZE_MAX, "a size above 65535")
    scales = weight_scales(weights, 0)
    filters = data_of(weights)
    _check_sums(filters)
    return Call(
        kernel="engine_fc_hybrid",
        inputs=(source.index,),
        output=output.index,
        params=Params(
            "engine_fc_hybrid_params",
            {
                "rows": rows,
                "depth": depth,
                "outputs": outputs,
                "asymmetric": int(op.options.asymmetric_inputs),
                "per_channel": int(len(scales) > 1),
                **float_activation(op),
            },
        ),
        constants=_constants(op, filters, scales, outputs),
        macs=rows * filters.size,
        nonzero_macs=rows * int(np.count_nonzero(filters)),
        scratch_bytes=depth,
    )


def _constants(
    op: Operands, weights: Array, scales: tuple[float, ...], outputs: int
) -> tuple[Constant, ...]:
    return (
        Constant("weights", weights),
        Constant("scales", np.array(scales, dtype=np.float32)),
        Constant("bias", op.bias(2, "float32", outputs)),
    )


def _check_sums(weights: Array) -> None:
    """Products and their correction for the offset are summed apart."""
    check_accumulator(weights, np.zeros(len(weights), dtype=np.int64), 255)
