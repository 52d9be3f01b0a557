"""Weights of dense int8 kernels in the order in which the kernels read them."""

from __future__ import annotations

import numpy as np

from harness.codegen.engine_constants import BLOCK, GROUP
from harness.codegen.graph import Array


def blocked(weights: Array) -> Array:
    """Return weights (filters, runs, taps) as flat blocks; see engine_kernels_s8.h.

    Runs are padded with zeros to whole groups of taps, filters to whole pairs.
    """
    filters, runs, taps = weights.shape
    filled = np.pad(weights, ((0, -filters % 2), (0, 0), (0, -taps % GROUP)))
    groups = filled.reshape(len(filled) // 2, 2, runs * (filled.shape[2] // GROUP), 2, 2)
    # (pair, filter, group, later, odd) -> (pair, group, odd, later, filter)
    pairs = groups.transpose(0, 2, 4, 3, 1)
    blocks = [
        pairs[first : first + BLOCK // 2].transpose(1, 2, 0, 3, 4).reshape(-1)
        for first in range(0, len(pairs), BLOCK // 2)
    ]
    return np.concatenate(blocks)
