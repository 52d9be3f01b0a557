"""Kernel choice of MAX_POOL_2D and AVERAGE_POOL_2D."""

from __future__ import annotations

from harness.codegen.calls import Call
from harness.codegen.lower.common import SIZE_MAX, activation_s8, scale_s16
from harness.codegen.lower.support import FLOAT32, INT8, INT16, OperatorSupport
from harness.codegen.lower.windowed import window_params_f32, window_params_s16
from harness.codegen.operands import Operands, per_tensor, require
from harness.codegen.options import PoolOptions
from harness.codegen.structs import PoolS8Params
from harness.codegen.window import window_of


def pool_s8(op: Operands) -> Call:
    """MAX_POOL_2D and AVERAGE_POOL_2D in int8; TFLite requires equal quantisation on both sides."""
    source, output = op.activation(0), op.output
    (in_scale, in_zero), (out_scale, out_zero) = per_tensor(source), per_tensor(output)
    require(
        abs(in_scale - out_scale) <= 1e-6 and in_zero == out_zero,
        "a pool that changes the quantisation",
    )
    kernel = "max" if op.operator.kind == "MAX_POOL_2D" else "average"
    require(len(source.shape) == 4, "an input without 4 dimensions")
    options = op.options(PoolOptions)
    size = (options.filter_h, options.filter_w)
    window = window_of(source, output, options, size, source.shape[-1])
    low, high = activation_s8(op)
    return Call(
        kernel=f"engine_{kernel}_pool_s8",
        inputs=(source.index,),
        output=output.index,
        params=PoolS8Params(window=window, activation_min=low, activation_max=high),
    )


def pool_f32(op: Operands) -> Call:
    """MAX_POOL_2D and AVERAGE_POOL_2D in float32."""
    source, output = op.activation(0), op.output
    kernel = "max" if op.operator.kind == "MAX_POOL_2D" else "average"
    require(len(source.shape) == 4, "an input without 4 dimensions")
    options = op.options(PoolOptions)
    size = (options.filter_h, options.filter_w)
    window = window_of(source, output, options, size, source.shape[-1])
    return Call(
        kernel=f"engine_{kernel}_pool_f32",
        inputs=(source.index,),
        output=output.index,
        params=window_params_f32(op, window),
    )


def pool_s16(op: Operands) -> Call:
    """MAX_POOL_2D and AVERAGE_POOL_2D in int16; equal quantisation on both sides, as in TFLite."""
    source, output = op.activation(0), op.output
    require(
        abs(scale_s16(source) - scale_s16(output)) <= 1e-6, "a pool that changes the quantisation"
    )
    kernel = "max" if op.operator.kind == "MAX_POOL_2D" else "average"
    require(len(source.shape) == 4, "an input without 4 dimensions")
    options = op.options(PoolOptions)
    size = (options.filter_h, options.filter_w)
    window = window_of(source, output, options, size, source.shape[-1])
    require(size[0] * size[1] <= SIZE_MAX, "a pool of more than 65535 elements")
    return Call(
        kernel=f"engine_{kernel}_pool_s16",
        inputs=(source.index,),
        output=output.index,
        params=window_params_s16(op, window),
    )


_LOWERINGS = {INT8: pool_s8, FLOAT32: pool_f32, INT16: pool_s16}
_EQUAL = ("one scale and zero point for input and output",)
OPERATORS = (
    OperatorSupport(
        "MAX_POOL_2D", "maximum of each window", _LOWERINGS, ("max_pool",), restrictions=_EQUAL
    ),
    OperatorSupport(
        "AVERAGE_POOL_2D", "mean of each window", _LOWERINGS, ("average_pool",), restrictions=_EQUAL
    ),
)
