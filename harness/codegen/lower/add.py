"""Kernel choice of ADD; two tensors of the same shape have kernels of their own."""

from __future__ import annotations

from harness.codegen.calls import Call
from harness.codegen.engine_constants import HEADROOM_S8, HEADROOM_S16
from harness.codegen.lower.binary import (
    binary_f32,
    binary_i32,
    binary_s8,
    binary_s16,
    shifts_scales,
)
from harness.codegen.lower.common import (
    activation_f32,
    activation_s8,
    activation_s16,
    scale_s16,
    sum_factors,
)
from harness.codegen.lower.support import FLOAT32, INT8, INT16, INT32, OperatorSupport
from harness.codegen.operands import Operands, per_tensor, require
from harness.codegen.structs import AddF32Params, AddS8Params, AddS16Params


def add_s8(op: Operands) -> Call:
    """Return a plain call without broadcast or constants, a general one otherwise."""
    return _add_s8(op) if _plain(op) else binary_s8(op)


def add_f32(op: Operands) -> Call:
    """Return a float32 call, likewise."""
    return _add_f32(op) if _plain(op) else binary_f32(op)


def _plain(op: Operands) -> bool:
    tensors = [op.graph.tensors[i] for i in op.operator.inputs if i >= 0]
    return len({t.shape for t in (*tensors, op.output)}) == 1 and all(
        t.data is None for t in tensors
    )


def _add_s8(op: Operands) -> Call:
    """ADD of two tensors of the same shape; the one with the greater scale comes first."""
    output = op.output
    both = sorted((op.activation(0), op.activation(1)), key=lambda t: -per_tensor(t)[0])
    first, second = both
    require(first.shape == second.shape == output.shape, "broadcast")
    (scale1, zero1), (scale2, zero2) = per_tensor(first), per_tensor(second)
    out_scale, out_zero = per_tensor(output)
    _, factor, (out_multiplier, out_shift) = sum_factors(scale1, scale2, out_scale, HEADROOM_S8)
    # A factor of 0 becomes the smallest representable one, which rounds to 0.
    multiplier, shift = max(factor, (1 << 30, -31))
    low, high = activation_s8(op)
    return Call(
        kernel="engine_add_s8",
        inputs=(first.index, second.index),
        output=output.index,
        params=AddS8Params(
            count=output.elements,
            multiplier=multiplier,
            output_multiplier=out_multiplier,
            offset1=-zero1,
            offset2=-zero2,
            output_offset=out_zero,
            shift=shift,
            output_shift=out_shift,
            activation_min=low,
            activation_max=high,
        ),
        in_place=(first.index, second.index),
    )


def _add_f32(op: Operands) -> Call:
    """ADD of two tensors of the same shape."""
    first, second, output = op.activation(0), op.activation(1), op.output
    require(first.shape == second.shape == output.shape, "broadcast")
    low, high = activation_f32(op)
    return Call(
        kernel="engine_add_f32",
        inputs=(first.index, second.index),
        output=output.index,
        params=AddF32Params(count=output.elements, activation_min=low, activation_max=high),
        in_place=(first.index, second.index),
    )


def add_s16(op: Operands) -> Call:
    """Return an int16 call, likewise."""
    return _add_s16(op) if _plain(op) else binary_s16(op)


def _add_s16(op: Operands) -> Call:
    """ADD of two tensors of the same shape."""
    first, second, output = op.activation(0), op.activation(1), op.output
    require(first.shape == second.shape == output.shape, "broadcast in int16")
    scales = (scale_s16(first), scale_s16(second), scale_s16(output))
    require(not shifts_scales(op, scales), "int16 scales that are all powers of two")
    (multiplier1, shift1), (multiplier2, shift2), (out_multiplier, out_shift) = sum_factors(
        *scales, HEADROOM_S16
    )
    low, high = activation_s16(op)
    return Call(
        kernel="engine_add_s16",
        inputs=(first.index, second.index),
        output=output.index,
        params=AddS16Params(
            count=output.elements,
            multiplier1=multiplier1,
            multiplier2=multiplier2,
            output_multiplier=out_multiplier,
            shift1=shift1,
            shift2=shift2,
            output_shift=out_shift,
            activation_min=low,
            activation_max=high,
        ),
        in_place=(first.index, second.index),
    )


OPERATORS = (
    OperatorSupport(
        kind="ADD",
        summary="sum, with broadcast",
        lowerings={INT8: add_s8, FLOAT32: add_f32, INT16: add_s16, INT32: binary_i32},
        kernels=("add", "sum"),
        restrictions=("no int16 scales that are all powers of two",),
        sources=(0, 1),
        biases=(0, 1),
    ),
)
