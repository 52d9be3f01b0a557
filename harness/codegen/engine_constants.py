"""Engine constants that are equal on every core, named as in C without ENGINE_.

Every generated header asserts C_CONSTANTS and does not compile where the C differs. Constants that
differ between cores are in `cores`.
"""

from __future__ import annotations

from collections.abc import Mapping

BLOCK = 4  # filters of a block of dense int8 weights
GROUP = 4  # taps of a filter that lie together in it
POOL_PIXELS = 4  # most pixels of a pool that a convolution computes too
DIRECT_TAPS = 512  # products that fully connected layers without scratch sum at a time
DEPTHWISE_PLANE = 1024  # elements of a channel that a 3x3 depthwise layer takes at a time
DEPTHWISE_SUMS = 256  # and sums
SOFTMAX_BITS = 12  # integer bits of the sum of exponentials in int8
HEADROOM_S8 = 20  # bits by which operands of a sum are scaled up
HEADROOM_S16 = 15
LUT_S16 = 513  # entries of an int16 table
RANK = 5  # dimensions of a walk over tensors
RESIZE_ONE = 1024  # weights of two neighbours together, in int8
ROW_TAIL = 8  # bytes of scale and zero point behind the values of a quantised row
LSTM_GATES = 4
SPARSE_WINDOWS = 4  # windows that sparse kernels compute together
SPARSE_TAPS = 4  # weights of a block of sparse ones
NAME_BYTES = 32  # of a model's name, with the NUL

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
