"""Kernel choice and parameters of float32 operators."""

from __future__ import annotations

import math
from dataclasses import asdict
from math import prod

import numpy as np

from harness.codegen.calls import Call, Constant, Params, Value
from harness.codegen.fixed_point import FLOAT_RANGES
from harness.codegen.graph import Array
from harness.codegen.operands import Operands, data_of, require
from harness.codegen.window import Window, window_of

_SIZE_MAX = (1 << 16) - 1
_FLOAT_MAX = float(np.finfo(np.float32).max)


def conv(op: Operands) -> Call:
    """CONV_2D. A 1x1 convolution is a fully connected layer over all pixels."""
    source, weights = op.activation(0), op.constant(1)
    require(len(weights.shape) == 4, "weights without 4 dimensions")
    channels, kernel_h, kernel_w, depth = weights.shape
    window = window_of(source, op.output, op.options, (kernel_h, kernel_w), channels)
    require(depth == window.in_c, f"grouped convolution ({window.in_c} channels in, {depth} each)")
    if window.pointwise and window.positions <= _SIZE_MAX:
        return _fully_connected(op, data_of(weights).reshape(channels, depth))
    return _convolution(op, "engine_conv_f32", window, data_of(weights))


def depthwise(op: Operands) -> Call:
    """DEPTHWISE_CONV_2D."""
    source, weights = op.activation(0), op.constant(1)
    require(len(weights.shape) == 4 and weights.shape[0] == 1, "weights of a strange shape")
    _, kernel_h, kernel_w, channels = weights.shape
    window = window_of(source, op.output, op.options, (kernel_h, kernel_w), channels)
    require(channels % window.in_c == 0, f"{channels} channels out of {window.in_c}")
    return _convolution(op, "engine_depthwise_f32", window, data_of(weights))


def _convolution(op: Operands, kernel: str, window: Window, weights: Array) -> Call:
    return Call(
        kernel=kernel,
        inputs=(op.activation(0).index,),
        output=op.output.index,
        params=_window_params(op, window),
        constants=(
            Constant("weights", weights),
            Constant("bias", op.bias(2, "float32", window.out_c)),
        ),
        macs=window.positions * weights.size,
        nonzero_macs=window.positions * int(np.count_nonzero(weights)),
    )


def _window_params(op: Operands, window: Window) -> Params:
    fields: dict[str, Value] = {"window": asdict(window), **float_activation(op)}
    return Params("engine_window_f32_params", fields)


def fully_connected(op: Operands) -> Call:
    """FULLY_CONNECTED."""
    source, weights = op.activation(0), op.constant(1)
    require(not op.options.shuffled_weights, "shuffled weights")
    require(len(weights.shape) == 2, "weights without 2 dimensions")
    depth = weights.shape[1]
    require(source.elements % depth == 0, f"{source.elements} inputs for rows of {depth}")
    return _fully_connected(op, data_of(weights))


def _fully_connected(op: Operands, weights: Array) -> Call:
    source, output = op.activation(0), op.output
    outputs, depth = weights.shape
    rows = source.elements // depth
    require(output.elements == rows * outputs, f"output shape {output.shape}")
    require(max(rows, outputs, depth) <= _SIZE_MAX, "a size above 65535")
    return Call(
        kernel="engine_fc_f32",
        inputs=(source.index,),
        output=output.index,
        params=Params(
            "engine_fc_f32_params",
            {"rows": rows, "depth": depth, "outputs": outputs, "unused": 0, **float_activation(op)},
        ),
        constants=(Constant("weights", weights), Constant("bias", op.bias(2, "float32", outputs))),
        macs=rows * weights.size,
        nonzero_macs=rows * int(np.count_nonzero(weights)),
    )


def pool(op: Operands) -> Call:
    """MAX_POOL_2D and AVERAGE_POOL_2D."""
    source, output = op.activation(0), op.output
    kernel = "max" if op.operator.kind == "MAX_POOL_2D" else "average"
    require(len(source.shape) == 4, "an input without 4 dimensions")
    size = (op.options.filter_h, op.options.filter_w)
    window = window_of(source, output, op.options, size, source.shape[-1])
    return Call(
        kernel=f"engine_{kernel}_pool_f32",
        inputs=(source.index,),
        output=output.index,
        params=_window_params(op, window),
    )


def softmax(op: Operands) -> Call:
    """SOFTMAX over the last axis."""
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    require(len(source.shape) > 0, "a row without dimensions")
    rows, depth = prod(source.shape[:-1]), source.shape[-1]
    require(max(rows, depth) <= _SIZE_MAX, "a size above 65535")
    require(math.isfinite(op.options.beta), f"beta {op.options.beta}")
    return Call(
        kernel="engine_softmax_f32",
        inputs=(source.index,),
        output=output.index,
        params=Params(
            "engine_softmax_f32_params", {"rows": rows, "depth": depth, "beta": op.options.beta}
        ),
        in_place=(source.index,),
    )


def add(op: Operands) -> Call:
    """ADD of two tensors of one shape."""
    first, second, output = op.activation(0), op.activation(1), op.output
    require(first.shape == second.shape == output.shape, "broadcast")
    return Call(
        kernel="engine_add_f32",
        inputs=(first.index, second.index),
        output=output.index,
        params=Params("engine_add_f32_params", {"count": output.elements, **float_activation(op)}),
        in_place=(first.index, second.index),
    )


def float_activation(op: Operands) -> dict[str, float]:
    """The fused activation's limits, as the parameter structs hold them."""
    activation = op.options.activation
    require(activation in FLOAT_RANGES, f"fused activation {activation}")
    low, high = FLOAT_RANGES[activation]
    return {
        "activation_min": -_FLOAT_MAX if low is None else low,
        "activation_max": _FLOAT_MAX if high is None else high,
    }
