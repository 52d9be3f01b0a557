"""Engine constants that are equal on every core, named as in C without ENGINE_.

Every generated header asserts C_CONSTANTS and does not compile where the C differs. Constants that
differ between cores are in `cores`.
"""

from __future__ import annotations

from collections.abc import Mapping

BLOCK = 4  # filters of a block of dense int8 weights
GROUP = 4  # consecutive taps of a filter in a block
POOL_PIXELS = 4  # most pixels of a pool that a convolution can compute
DIRECT_TAPS = 512  # products that fully connected layers without scratch memory sum at once
DEPTHWISE_PLANE = 1024  # most elements of a channel in the plane of a 3x3 depthwise layer
DEPTHWISE_SUMS = 256  # and most sums
SOFTMAX_BITS = 12  # integer bits of the sum of exponentials in int8
HEADROOM_S8 = 20  # bits by which operands of a sum are shifted left
HEADROOM_S16 = 15
LUT_S16 = 513  # entries of an int16 table
RANK = 5  # dimensions of a walk over tensors
RESIZE_ONE = 1024  # sum of two neighbours' weights, in int8
ROW_TAIL = 8  # bytes of scale and zero point after the values of a quantised row
LSTM_GATES = 4
SPARSE_WINDOWS = 4  # windows that sparse kernels compute together
SPARSE_TAPS = 4  # weights of a block in sparse storage
NAME_BYTES = 32  # bytes of a model's name, NUL included

# Streams of sparse weights are bytes: a count, and a position in a segment.
SPARSE_COUNT_MAX = 255
SPARSE_SPAN = 256


def row_pitch(depth: int) -> int:
    """Return the bytes of a quantised row: values padded to whole words, scale, zero point."""
    return -(-depth // 4) * 4 + ROW_TAIL


C_CONSTANTS: Mapping[str, int] = {
    "ENGINE_BLOCK": BLOCK,
    "ENGINE_GROUP": GROUP,
    "ENGINE_POOL_PIXELS": POOL_PIXELS,
    "ENGINE_DIRECT_TAPS": DIRECT_TAPS,
    "ENGINE_DEPTHWISE_PLANE": DEPTHWISE_PLANE,
    "ENGINE_DEPTHWISE_SUMS": DEPTHWISE_SUMS,
    "ENGINE_SOFTMAX_BITS": SOFTMAX_BITS,
    "ENGINE_HEADROOM_S8": HEADROOM_S8,
    "ENGINE_HEADROOM_S16": HEADROOM_S16,
    "ENGINE_LUT_S16": LUT_S16,
    "ENGINE_RANK": RANK,
    "ENGINE_RESIZE_ONE": RESIZE_ONE,
    "ENGINE_ROW_TAIL": ROW_TAIL,
    "ENGINE_ROW_PITCH(1)": row_pitch(1),
    "ENGINE_LSTM_GATES": LSTM_GATES,
    "ENGINE_SPARSE_WINDOWS": SPARSE_WINDOWS,
    "ENGINE_SPARSE_TAPS": SPARSE_TAPS,
    "ENGINE_NAME_BYTES": NAME_BYTES,
}
