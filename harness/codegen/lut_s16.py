"""TFLite's int16 tables: 512 linear segments over the range of int16, and the end point.

Source: gen_lut of tensorflow/lite/kernels/internal/common.h in ai-edge-litert 1.2.0, in double.
Each value is moved by half of the linear interpolation's error in the middle of its segment. (Later
versions compute in float32: a few entries differ.)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from harness.codegen.engine_constants import LUT_S16
from harness.codegen.graph import Array

_PIECES = LUT_S16 - 1
_ONE = 32768.0  # Q0.15


@cache
def exp_table() -> Array:
    """exp(x) for x in -10..0, in Q0.15."""
    return _table(np.exp, -10.0, 0.0)


@cache
def reciprocal_table() -> Array:
    """1 / (1 + x) for x in 0..1, in Q0.15."""
    return _table(lambda x: 1 / (1 + x), 0.0, 1.0)


def _table(function: Callable[[Array], Array], low: float, high: float) -> Array:
    step = (high - low) / _PIECES
    numbers = np.arange(_PIECES)
    value = _rounded(function(low + numbers * step) * _ONE)
    middle = _rounded(function(low + numbers * step + step / 2) * _ONE)
    following = function(low + (numbers + 1) * step) * _ONE
    values = value - _rounded((_rounded((following + value) / 2) - middle) / 2)
    last = _rounded(function(np.array([high])) * _ONE)
    table: Array = np.clip(np.concatenate([values, last]), -_ONE, _ONE - 1).astype(np.int16)
    return table


def _rounded(x: Array) -> Array:
    """Round as C's round(): halves away from zero."""
    result: Array = np.copysign(np.floor(np.abs(x) + 0.5), x)
    return result
