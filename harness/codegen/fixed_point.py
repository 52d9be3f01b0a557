"""TFLite's quantisation arithmetic on the host, bit for bit.

Sources: tensorflow/lite/kernels/internal/quantization_util.cc, kernels/kernel_util.cc and
gemmlowp/fixedpoint/fixedpoint.h. Python integers do not overflow, so every step that saturates or
rounds there is explicit here.
"""

from __future__ import annotations

import math

import numpy as np

INT32_MAX = (1 << 31) - 1
FLOAT_MAX = float(np.finfo(np.float32).max)


def round_half_away(value: float) -> int:
    """Round as C's round(): halves away from zero."""
    below = math.floor(abs(value))
    magnitude = below + (abs(value) - below >= 0.5)  # the difference is exact
    return magnitude if value >= 0 else -magnitude


def quantise_multiplier(value: float) -> tuple[int, int]:
    """Return (multiplier in Q31, shift) of a positive factor: multiplier * 2**(shift - 31)."""
    if value == 0.0:
        return 0, 0
    fraction, shift = math.frexp(value)
    multiplier = round_half_away(fraction * (1 << 31))
    if multiplier == 1 << 31:
        multiplier //= 2
        shift += 1
    return (0, 0) if shift < -31 else (multiplier, shift)


def activation_range(
    activation: str, scale: float, zero_point: int, limits: tuple[int, int] = (-128, 127)
) -> tuple[int, int]:
    """Return the least and greatest output of a fused activation; TFLite divides in float32.

    `limits` are those of the output's type.
    """

    def quantised(real: float) -> int:
        return zero_point + round_half_away(float(np.float32(real) / np.float32(scale)))

    low, high = FLOAT_RANGES[activation]
    return (
        limits[0] if low is None else max(limits[0], quantised(low)),
        limits[1] if high is None else min(limits[1], quantised(high)),
    )


FLOAT_RANGES: dict[str, tuple[float | None, float | None]] = {
    "NONE": (None, None),
    "RELU": (0.0, None),
    "RELU6": (0.0, 6.0),
    "RELU_N1_TO_1": (-1.0, 1.0),
    "RELU_0_TO_1": (0.0, 1.0),
}


def float_limits(activation: str) -> tuple[float, float]:
    """Return the least and greatest float32 result of an activation in FLOAT_RANGES."""
    low, high = FLOAT_RANGES[activation]
    return -FLOAT_MAX if low is None else low, FLOAT_MAX if high is None else high


def doubling_high_mul(a: int, b: int) -> int:
    """gemmlowp's SaturatingRoundingDoublingHighMul: round(a * b / 2**31), halves up."""
    return min((a * b + (1 << 30)) >> 31, INT32_MAX)


def rounding_shift(value: int, exponent: int) -> int:
    """gemmlowp's RoundingDivideByPOT: value / 2**exponent, halves away from zero."""
    mask = (1 << exponent) - 1
    threshold = (mask >> 1) + (1 if value < 0 else 0)
    return (value >> exponent) + (1 if value & mask > threshold else 0)


_EXP_STEPS = (  # exp(-2**(bit - 26)) in Q31 for the bits of a Q5.26 argument
    (24, 1672461947),
    (25, 1302514674),
    (26, 790015084),
    (27, 290630308),
    (28, 39332535),
    (29, 720401),
    (30, 242),
)


def exp_on_negative(value: int) -> int:
    """gemmlowp's exp_on_negative_values: Q5.26 argument of at most 0, Q0.31 result."""
    if value == 0:
        return INT32_MAX
    quarter = 1 << 24
    below = (value & (quarter - 1)) - quarter
    x = (below << 5) + (1 << 28)
    x2 = doubling_high_mul(x, x)
    x3 = doubling_high_mul(x2, x)
    x4 = doubling_high_mul(x2, x2)
    series = doubling_high_mul(rounding_shift(x4, 2) + x3, 715827883) + x2
    constant = 1895147668  # exp(-1/8)
    result = constant + doubling_high_mul(constant, x + rounding_shift(series, 1))
    for bit, factor in _EXP_STEPS:
        if (below - value) >> bit & 1:
            result = doubling_high_mul(result, factor)
    return result


def softmax_table(scale: float, beta: float) -> list[int] | None:
    """Return exp(-beta * scale * d) in Q0.31 for d = 0, 1, ..., as TFLite's reference computes it.

    The table ends at 255, or where an entry rounds to 0 in both the sum and the output. None
    where TFLite refuses the softmax (input scale out of range).
    """
    real = min(float(np.float32(beta)) * scale * (1 << 26), INT32_MAX)
    if not real > 1.0:
        return None
    multiplier, shift = quantise_multiplier(real)
    radius = math.floor(31 * (1 << 26) / (1 << shift))
    table: list[int] = []
    for difference in range(min(radius, 255) + 1):
        entry = exp_on_negative(doubling_high_mul(-difference << shift, multiplier))
        if entry < 1 << 11:
            break
        table.append(entry)
    return table


def inverse_root(x: int) -> tuple[int, int]:
    """Return 1 / sqrt(x) as multiplier and places to shift right; x is an int32 above 0.

    GetInvSqrtQuantizedMultiplierExp: Newton's method on x scaled to 1..4 in Q3.28.
    """
    if x <= 1:
        return INT32_MAX, 0
    shift = 11
    while x >= 1 << 29:
        x //= 4
        shift += 1
    while x < 1 << 27:
        x *= 4
        shift -= 1
    half = rounding_shift(x >> 1, 1)
    y, one = 1 << 28, 1 << 28
    for _ in range(5):
        cube = _raised(doubling_high_mul(doubling_high_mul(y, y), y), 6)
        rise = doubling_high_mul(one + one // 2, y)
        y = _raised(rise - doubling_high_mul(half, cube), 3)
    y = doubling_high_mul(y, 1518500250)  # sqrt(2) / 2 in Q0.31
    return (y << -shift, 0) if shift < 0 else (y, shift)


def _raised(value: int, bits: int) -> int:
    """Return value * 2**bits within int32."""
    return min(max(value << bits, -INT32_MAX - 1), INT32_MAX)
