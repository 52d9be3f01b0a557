"""Weights of dense int8 kernels stored so that DSP instructions unpack half of them only.

SMLAD multiplies 16-bit lanes, and a lane of a block (engine_kernels_s8.h) holds one tap's weights
of two filters: f0 in the lower byte, f1 in the upper. With the upper byte less by one where f0 is
negative, the lane as it is has the value f0 + 256 * f1. So of both sums over a window

    even = sum(x * f0)        mixed = sum(x * (f0 + 256 * f1)),

modulo 2^32, only the first needs weights taken out of their words, and the filters' sums are `even`
and (mixed - even) >> 8: exactly, as long as sum(x * f1) fits 24 bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from harness.codegen.calls import Call, Constant, Params
from harness.codegen.graph import Array

DSP_CORES = ("cortex-m4", "cortex-m7", "cortex-m33")
PACKED = "packed"
_KERNELS = (
    "engine_conv_s8",
    "engine_conv_joined_s8",
    "engine_fc_s8",
    "engine_fc_per_channel_s8",
)
_FILTERS = 4  # of a block
_WINDOW_TAPS = 1280  # ENGINE_WINDOW_TAPS: kernels read larger windows by pairs of filters
_ACTIVATION = 128  # the greatest magnitude of an int8
_SUM_MAX = (1 << 23) - 1


def for_pairs(call: Call, core: str) -> Call:
    """The call with packed weights where the core has the instructions and the weights allow it."""
    if call.kernel not in _KERNELS or call.params is None or not core.startswith(DSP_CORES):
        return call
    weights, *others = call.constants
    bias = next(each for each in others if each.suffix == "bias")
    stored = packed(weights.values, len(bias.values))
    if stored is None:
        return call
    return replace(
        call,
        params=Params(call.params.ctype, {**call.params.fields, PACKED: 1}),
        constants=(Constant(weights.suffix, stored), *others),
    )


def is_packed(call: Call) -> bool:
    """Whether only cores with DSP instructions can read the call's weights."""
    fields = call.params.fields if call.params else {}
    inner = fields.get("conv", fields)  # of a convolution with its pool
    return isinstance(inner, Mapping) and bool(inner.get(PACKED))


def packed(blocks: Array, filters: int) -> Array | None:
    """`blocked` weights with all blocks of four filters packed; None where that cannot be."""
    taps = blocks.size // (filters + filters % 2)
    whole = filters // _FILTERS * _FILTERS
    if not whole or taps > _WINDOW_TAPS:
        return None
    lanes = blocks[: whole * taps].reshape(-1, 2).astype(np.int16)
    upper = lanes[:, 1] - (lanes[:, 0] < 0)
    # dimensions: block, half of a group, pair, tap; of each pair the second filter
    odd = blocks[: whole * taps].reshape(whole // _FILTERS, -1, 2, 2, 2)[..., 1]
    sums = np.abs(odd.astype(np.int64)).sum(axis=(1, 3))
    if (upper < np.iinfo(np.int8).min).any() or (sums * _ACTIVATION > _SUM_MAX).any():
        return None
    stored = blocks.copy()
    stored[1 : whole * taps : 2] = upper.astype(np.int8)
    return stored
