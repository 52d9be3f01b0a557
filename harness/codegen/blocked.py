"""Weights of dense int8 kernels in the order in which these read them."""

from __future__ import annotations

import numpy as np

from harness.codegen.graph import Array

_FILTERS = 4
_TAPS = 4


def blocked(weights: Array) -> Array:
    """Weights (filters, runs, taps) as the blocks that engine_kernels_s8.h describes, flat.

    Runs are filled up with zeros to whole groups of taps; the last block may have fewer filters.
    """
    filters, runs, taps = weights.shape
    filled = np.pad(weights, ((0, 0), (0, 0), (0, -taps % _TAPS)))
    groups = filled.reshape(filters, runs * (filled.shape[2] // _TAPS), _TAPS)
    blocks = [
        groups[first : first + _FILTERS].swapaxes(0, 1).reshape(-1)
        for first in range(0, filters, _FILTERS)
    ]
    return np.concatenate(blocks)
