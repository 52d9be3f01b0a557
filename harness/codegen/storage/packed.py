"""Weights of dense int8 kernels, packed so that DSP instructions unpack only half of them.

SMLAD multiplies 16-bit lanes. A lane of a block (engine_kernels_s8.h) holds one tap's weights of
two filters: f0 in the lower byte, f1 in the upper byte. Where f0 is negative, the upper byte is
stored less by one. Then the lane as it is has the value f0 + 256 * f1. A window has two sums,

    even = sum(x * f0)        mixed = sum(x * (f0 + 256 * f1)),

modulo 2^32. Only the first needs unpacked weights. The filters' sums are `even` and (mixed - even)
>> 8, exactly, as long as sum(x * f1) fits 24 bits.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.constants import LayerConstants
from harness.codegen.cores import core_named
from harness.codegen.engine_constants import BLOCK
from harness.codegen.graph import Array
from harness.codegen.structs import ConvMaxPoolS8Params, ConvS8Params, FcS8Params

_KERNELS = (
    "engine_conv_s8",
    "engine_conv_joined_s8",
    "engine_fc_s8",
    "engine_fc_per_channel_s8",
)
# Kernels that read inputs in place and sum at most 512 taps at a time, which always fit 24 bits.
_DIRECT = {
    "engine_fc_s8": "engine_fc_direct_s8",
    "engine_fc_per_channel_s8": "engine_fc_direct_per_channel_s8",
}
_ACTIVATION = 128  # the greatest magnitude of an int8
_SUM_MAX = (1 << 23) - 1


def for_core(call: Call, core: str) -> Call:
    """Return the call with the fastest layout of weights, and kernel, for the core."""
    kind = core_named(core)
    if call.kernel not in _KERNELS or kind.flash_params:
        return call
    constants, params = call.constants, call.params
    assert isinstance(constants, LayerConstants)
    assert isinstance(params, ConvS8Params | FcS8Params)
    blocks, filters = constants.weights, len(constants.bias)
    taps = blocks.size // (filters + filters % 2)
    fits = taps <= kind.window_taps  # larger windows are copied again for each pair
    direct = _DIRECT.get(call.kernel)
    if not kind.dsp:
        return call if fits or direct is None else replace(call, kernel=direct)
    stored = packed(blocks, filters)
    if stored is None:
        return call
    in_lanes = replace(
        call, params=replace(params, packed=1), constants=replace(constants, weights=stored)
    )
    if fits and sums_fit(blocks, filters):
        return in_lanes
    return call if direct is None else replace(in_lanes, kernel=direct)


def is_packed(call: Call) -> bool:
    """Return True where only cores with DSP instructions can read the call's weights."""
    match call.params:
        case ConvMaxPoolS8Params(conv=ConvS8Params(packed=packed)):
            return packed == 1
        case ConvS8Params(packed=packed) | FcS8Params(packed=packed):
            return packed == 1
    return False


def packed(blocks: Array, filters: int) -> Array | None:
    """Return `blocked` weights with all blocks of four packed; None where int8 overflows."""
    lanes = _whole(blocks, filters).reshape(-1, 2).astype(np.int16)
    upper = lanes[:, 1] - (lanes[:, 0] < 0)
    if (upper < np.iinfo(np.int8).min).any():
        return None
    stored = blocks.copy()
    stored[1 : lanes.size : 2] = upper.astype(np.int8)
    return stored


def sums_fit(blocks: Array, filters: int) -> bool:
    """Return True where the sum of each packed filter fits 24 bits for all inputs."""
    whole = _whole(blocks, filters).astype(np.int64)
    # dimensions: block, half of a group, pair, tap; the second filter of each pair
    odd = whole.reshape(filters // BLOCK, -1, 2, 2, 2)[..., 1] if whole.size else whole
    return not whole.size or int(np.abs(odd).sum(axis=(1, 3)).max()) * _ACTIVATION <= _SUM_MAX


def _whole(blocks: Array, filters: int) -> Array:
    """Return the blocks of four filters."""
    taps = blocks.size // (filters + filters % 2)
    return blocks[: filters // BLOCK * BLOCK * taps]
