"""Kernel choice of L2_NORMALIZATION, over the last axis."""

from __future__ import annotations

from harness.codegen.calls import Call
from harness.codegen.lower.support import FLOAT32, INT8, OperatorSupport
from harness.codegen.operands import Operands, per_tensor, require
from harness.codegen.options import FusedOptions
from harness.codegen.structs import L2NormParams

_SUM_MAX = (1 << 31) - 1


def l2_norm_f32(op: Operands) -> Call:
    """The float32 operator."""
    return _call(op, "engine_l2_norm_f32", 0)


def l2_norm_s8(op: Operands) -> Call:
    """The int8 operator; TensorFlow Lite's has one output scale."""
    _, zero = per_tensor(op.activation(0))
    require(per_tensor(op.output) == (1 / 128, 0), "an output scale other than 1/128")
    most = max(-128 - zero, 127 - zero, key=abs)
    require(op.activation(0).shape[-1] * most * most <= _SUM_MAX, "a sum beyond 32 bits")
    return _call(op, "engine_l2_norm_s8", -zero)


def _call(op: Operands, kernel: str, offset: int) -> Call:
    source, output = op.activation(0), op.output
    activation = op.options(FusedOptions).activation
    require(activation == "NONE", f"fused activation {activation}")
    require(len(source.shape) > 0 and source.shape == output.shape, "shapes that differ")
    depth = source.shape[-1]
    return Call(
        kernel=kernel,
        inputs=(source.index,),
        output=output.index,
        params=L2NormParams(rows=source.elements // depth, depth=depth, input_offset=offset),
        in_place=(source.index,),
    )


OPERATORS = (
    OperatorSupport(
        kind="L2_NORMALIZATION",
        summary="rows along the last axis divided by their length",
        lowerings={INT8: l2_norm_s8, FLOAT32: l2_norm_f32},
        kernels=("l2_norm",),
        restrictions=("no fused activation", "output scale 1/128 with zero point 0 in int8"),
    ),
)
