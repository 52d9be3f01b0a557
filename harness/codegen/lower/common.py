"""Limits, activation ranges and rescaling factors shared by several operators."""

from __future__ import annotations

from harness.codegen.calls import Unsupported
from harness.codegen.fixed_point import (
    FLOAT_RANGES,
    activation_range,
    float_limits,
    quantise_multiplier,
)
from harness.codegen.graph import Tensor
from harness.codegen.operands import Operands, per_tensor, require
from harness.codegen.options import FusedOptions
from harness.codegen.structs import UINT16_MAX

SIZE_MAX = UINT16_MAX  # most rows, inputs and outputs in parameter structs
LIMITS_S16 = (-(1 << 15), (1 << 15) - 1)


def activation_s8(op: Operands) -> tuple[int, int]:
    """Return the least and greatest int8 output of the fused activation."""
    low, high = activation_range(_activation(op), *per_tensor(op.output))
    require(low <= high, "an activation range outside the output's range")
    return low, high


def activation_f32(op: Operands) -> tuple[float, float]:
    """Return the least and greatest float32 output of the fused activation."""
    return float_limits(_activation(op))


def activation_s16(op: Operands) -> tuple[int, int]:
    """Return the least and greatest int16 output of the fused activation; zero point 0."""
    low, high = activation_range(_activation(op), scale_s16(op.output), 0, LIMITS_S16)
    require(low <= high, "an activation range outside the output's range")
    return low, high


def _activation(op: Operands) -> str:
    activation = op.options(FusedOptions).activation
    require(activation in FLOAT_RANGES, f"fused activation {activation}")
    return activation


def scale_s16(tensor: Tensor) -> float:
    """Return the scale of an int16 activation, which must be symmetric."""
    q = tensor.quantisation
    require(
        tensor.dtype == "int16" and q is not None and len(q.scales) == 1,
        f"tensor {tensor.index} has no int16 quantisation of one scale",
    )
    assert q is not None
    require(0 < q.scales[0] < float("inf"), f"tensor {tensor.index} has scale {q.scales[0]}")
    require(q.zero_points[0] == 0, f"tensor {tensor.index} is int16 with a zero point")
    return q.scales[0]


def rescale(factor: float) -> tuple[int, int]:
    """Return multiplier and shift of a factor; refuse factors above the kernels' greatest shift."""
    multiplier, shift = quantise_multiplier(factor)
    require(shift <= 30, f"a rescaling factor of {factor:g}")
    return multiplier, shift


def sum_factors(
    scale1: float, scale2: float, out_scale: float, raised_bits: int
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Return multiplier and shift of both operands of a sum, and of the sum.

    TFLite shifts operands left by `raised_bits` and scales them to twice the greater scale.
    """
    twice_max = 2 * max(scale1, scale2)
    operands = [quantise_multiplier(scale / twice_max) for scale in (scale1, scale2)]
    result = quantise_multiplier(twice_max / ((1 << raised_bits) * out_scale))
    require(result[1] <= 0, "an output scale too small for the inputs'")
    return operands[0], operands[1], result


def integers(op: Operands, position: int) -> list[int]:
    """Return the values of a constant int32 or int64 vector."""
    tensor = op.constant(position)
    require(tensor.dtype in ("int32", "int64"), f"input {position} of {tensor.dtype}")
    assert tensor.data is not None
    return [int(value) for value in tensor.data.reshape(-1)]


def axis_of(axis: int, tensor: Tensor) -> int:
    """Return the axis counted from the first; negative ones count from the last."""
    rank = len(tensor.shape)
    if not -rank <= axis < rank:
        raise Unsupported(f"axis {axis} of {rank} dimensions")
    return axis % rank


def same_quantisation(first: Tensor, second: Tensor) -> None:
    """Refuse two quantised tensors with different scales or zero points."""
    if first.dtype == "int8":
        require(per_tensor(first) == per_tensor(second), "a change of quantisation")
    elif first.dtype == "int16" and first.quantisation and second.quantisation:
        require(scale_s16(first) == scale_s16(second), "a change of quantisation")
