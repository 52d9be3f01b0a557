"""Constants for each output channel: biases, multipliers, shifts, scales.

TensorFlow Lite sums int16 layers in int64 and rescales with the upper 16 bits of the multiplier,
rounded once (MultiplyByQuantizedMultiplier of int64_t, kernels/internal/common.cc). Files with an
int32 bias are refused: the reference reads it as int64, so it has no valid result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.codegen.constants import LayerConstants
from harness.codegen.fixed_point import quantise_multiplier
from harness.codegen.graph import Array, Tensor
from harness.codegen.lower.common import LIMITS_S16, rescale
from harness.codegen.operands import (
    Operands,
    check_accumulator,
    per_tensor,
    require,
    weight_scales,
)

OFFSET_RANGE_HYBRID = 255  # greatest distance of an int8 from a zero point
_MARGIN = 512  # above twice a zero point plus 1
_REDUCED_MAX = 0x7FFF
# MultiplyByQuantizedMultiplier of int64_t takes sums of 48 bits and shifts up to 7
_SUM_BITS = 48
_SHIFT_MAX = 7


@dataclass(frozen=True, eq=False)
class Scaling:
    """Rescaling factors of all output channels: multipliers, and shifts (int8)."""

    multipliers: Array
    shifts: Array

    @staticmethod
    def of(pairs: Sequence[tuple[int, int]], dtype: npt.DTypeLike) -> Scaling:
        """Build it from pairs (multiplier, shift), with multipliers of that type."""
        return Scaling(
            np.array([multiplier for multiplier, _ in pairs], dtype=dtype),
            np.array([shift for _, shift in pairs], dtype=np.int8),
        )


def channel_rescale_s8(
    source: Tensor, output: Tensor, scales: tuple[float, ...], channels: int
) -> Scaling:
    """Return multipliers and shifts of all output channels; one weight scale applies to all."""
    in_scale, out_scale = per_tensor(source)[0], per_tensor(output)[0]
    every = scales if len(scales) > 1 else scales * channels
    pairs = [rescale(in_scale * scale / out_scale) for scale in every]
    return Scaling.of(pairs, np.int32)


def folded_bias(by_channel: Array, bias: Array, offset: int) -> Array:
    """Return the bias plus offset times the sum of each channel's weights."""
    sums = by_channel.astype(np.int64).reshape(by_channel.shape[0], -1).sum(axis=1)
    folded: Array = bias.astype(np.int64) + offset * sums
    limits = np.iinfo(np.int32)
    require(limits.min <= folded.min() and folded.max() <= limits.max, "a bias beyond 32 bits")
    return folded.astype(np.int32)


def used_bias(bias: Array, multipliers: Array | int) -> Array:
    """Return the bias, with 0 for channels whose factor is 0.

    Their output is the zero point for any sum. Converters write the greatest bias for a filter
    without weights, whose scale is 0 or tiny; stored as it is, the sum could overflow.
    """
    return np.where(np.equal(multipliers, 0), 0, bias).astype(bias.dtype)


def rescaling_margins(shifts: Array) -> Array:
    """Return the room that each int8 channel's sums must leave for rescaling.

    Before the last halving, kernels add twice the zero point. Factors below a quarter have
    halved the sum before that.
    """
    return np.where(shifts >= -1, _MARGIN, 0)


def layer_constants_s16(
    op: Operands, weights: Array, by_channel: Array, factors: list[float]
) -> LayerConstants:
    """Return weights as they are stored, and bias, multipliers and shifts of all channels."""
    bias = op.bias(2, "int64", len(factors))
    scaling = Scaling.of([_reduced(factor) for factor in factors], np.int16)
    bias = used_bias(bias, scaling.multipliers)
    check_accumulator(by_channel, bias, -LIMITS_S16[0], bits=_SUM_BITS)
    return LayerConstants(
        weights=weights, bias=bias, multipliers=scaling.multipliers, shifts=scaling.shifts
    )


def _reduced(factor: float) -> tuple[int, int]:
    """Return the upper 16 bits of the multiplier, rounded, and the number of bits to drop."""
    multiplier, shift = quantise_multiplier(factor)
    require(shift <= _SHIFT_MAX, f"a rescaling factor of {factor:g}")
    return min((multiplier + (1 << 15)) >> 16, _REDUCED_MAX), 15 - shift


def row_scales(op: Operands, axis: int) -> Array:
    """Return the weight scales of a hybrid operator: one, or one for each output channel."""
    scales = weight_scales(op.constant(1), axis, zeros=True)
    if op.operator.kind == "CONV_2D" and len(scales) > 1:
        require(len(set(scales)) > 1, "equal scales for all channels, which TFLite takes for 0")
    return np.array(scales, dtype=np.float32)
