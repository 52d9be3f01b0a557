"""Weights of dense int8 kernels stored so that DSP instructions unpack half of them only.

SMLAD multiplies 16-bit lanes, and a lane of a block (engine_kernels_s8.h) holds one tap's weights
of two filters: f0 in the lower byte, f1 in the upper. With the upper byte less by one where f0 is
negative, the lane as it is has the value f0 + 256 * f1. So of both sums over a window

    even = sum(x * f0)        mixed = sum(x * (f0 + 256 * f1)),

modulo 2^32, only the first needs weights taken out of their words, and the filters' sums are `even`
and (mixed - even) >> 8: exactly, as long as sum(x * f1) fits 24 bits.
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
# Kernels that sum at most 512 taps at a time, which fit whatever the weights, of inputs that they
# read where they are.
_DIRECT = {
    "engine_fc_s8": "engine_fc_direct_s8",
    "engine_fc_per_channel_s8": "engine_fc_direct_per_channel_s8",
}
_ACTIVATION = 128  # the greatest magnitude of an int8
_SUM_MAX = (1 << 23) - 1


def for_core(call: Call, core: str) -> Call:
    """The call with the weights, and where needed the kernel, that are fastest on the core."""
    kind = core_named(core)
    if call.kernel not in _KERNELS or kind.flash_params:
        return call
    constants, params = call.constants, call.params
    assert isinstance(constants, LayerConstants)
    assert isinstance(params, ConvS8Params | FcS8Params)
    blocks, filters = constants.weights, len(constants.bias)
    taps = blocks.size // (filters + filters % 2)
    fits = taps <= kind.window_taps  # of larger windows, kernels copy those of each pair anew
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
    """`blocked` weights with all blocks of four filters packed; None where a borrow leaves int8."""
    lanes = _whole(blocks, filters).reshape(-1, 2).astype(np.int16)
    upper = lanes[:, 1] - (lanes[:, 0] < 0)
    if (upper < np.iinfo(np.int8).min).any():
        return None
    stored = blocks.copy()
    stored[1 : lanes.size : 2] = upper.astype(np.int8)
    return stored


def sums_fit(blocks: Array, filters: int) -> bool:
    """Return True where 24 bits hold the sum of each packed filter, whatever the inputs."""
    whole = _whole(blocks, filters).astype(np.int64)
    # dimensions: block, half of a group, pair, tap; of each pair the second filter
    odd = whole.reshape(filters // BLOCK, -1, 2, 2, 2)[..., 1] if whole.size else whole
    return not whole.size or int(np.abs(odd).sum(axis=(1, 3)).max()) * _ACTIVATION <= _SUM_MAX


def _whole(blocks: Array, filters: int) -> Array:
    """The blocks of four filters."""
    taps = blocks.size // (filters + filters % 2)
    return blocks[: filters // BLOCK * BLOCK * taps]
