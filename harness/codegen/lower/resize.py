"""RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR, with tables of the rows and columns to read.

Positions and weights follow tensorflow/lite/kernels/internal/reference/resize_nearest_neighbor.h
and resize_bilinear.h: float32 arithmetic, or 10 fractional bits for int8.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.constants import ResizeConstants
from harness.codegen.engine_constants import RESIZE_ONE
from harness.codegen.fixed_point import round_half_away
from harness.codegen.graph import ITEM_BYTES, Array
from harness.codegen.lower.support import FLOAT32, INT8, OperatorSupport
from harness.codegen.operands import Operands, data_of, require
from harness.codegen.options import ResizeOptions
from harness.codegen.structs import INT16_MAX, ResizeParams

_HALF = np.float32(0.5)
_Axis = Callable[[ResizeOptions, int, int], Array]


def nearest(op: Operands) -> Call:
    """RESIZE_NEAREST_NEIGHBOR of any type."""
    height, width, channels = _sizes(op)
    source, output = op.activation(0), op.output
    item, options = ITEM_BYTES[source.dtype], op.options(ResizeOptions)
    return Call(
        kernel="engine_resize_nearest",
        inputs=(source.index,),
        output=output.index,
        params=ResizeParams(
            out_h=output.shape[1], out_w=output.shape[2], in_w=width, channels=channels * item
        ),
        constants=ResizeConstants(
            rows=_nearest(options, height, output.shape[1]),
            columns=_nearest(options, width, output.shape[2]),
        ),
    )


def bilinear_s8(op: Operands) -> Call:
    """RESIZE_BILINEAR of int8."""
    return _bilinear(op, "engine_resize_bilinear_s8", _weights_s8)


def bilinear_f32(op: Operands) -> Call:
    """RESIZE_BILINEAR of float32."""
    return _bilinear(op, "engine_resize_bilinear_f32", _weights_f32)


def _bilinear(op: Operands, kernel: str, weights: _Axis) -> Call:
    height, width, channels = _sizes(op)
    source, output = op.activation(0), op.output
    axes = ((height, output.shape[1]), (width, output.shape[2]))
    options = op.options(ResizeOptions)
    places, shares = zip(*(_between(options, weights, *axis) for axis in axes), strict=True)
    return Call(
        kernel=kernel,
        inputs=(source.index,),
        output=output.index,
        params=ResizeParams(
            out_h=output.shape[1], out_w=output.shape[2], in_w=width, channels=channels
        ),
        constants=ResizeConstants(
            rows=places[0],
            columns=places[1],
            row_weights=shares[0],
            column_weights=shares[1],
        ),
    )


def _sizes(op: Operands) -> tuple[int, int, int]:
    """Return height, width and channels of the input."""
    source, output, size = op.activation(0), op.output, op.constant(1)
    require(len(source.shape) == 4 == len(output.shape), "a tensor without 4 dimensions")
    require(source.dtype == output.dtype, "a change of type")
    require(source.quantisation == output.quantisation, "a change of quantisation")
    wanted = data_of(size).reshape(-1).tolist()
    _, height, width, channels = source.shape
    require(output.shape == (source.shape[0], *wanted, channels), f"output shape {output.shape}")
    require(source.shape[0] == 1, "more than one image")
    require(min(height, width, *wanted) > 0, "an image without pixels")
    require(max(height, width, *wanted, 4 * channels) <= INT16_MAX, "a size above 32767")
    return height, width, channels


def _nearest(o: ResizeOptions, size: int, out: int) -> Array:
    scale = _scale(o, size, out)
    offset = _HALF if o.half_pixel_centers else np.float32(0)
    found = []
    for value in range(out):
        at = (np.float32(value) + offset) * scale
        place = round_half_away(float(at)) if o.align_corners else floor(at)
        found.append(max(min(place, size - 1), 0))
    return np.array(found, dtype=np.int16)


def _scale(o: ResizeOptions, size: int, out: int) -> np.float32:
    if o.align_corners and out > 1:
        return np.float32(size - 1) / np.float32(out - 1)
    return np.float32(size) / np.float32(out)


def _between(o: ResizeOptions, weights: _Axis, size: int, out: int) -> tuple[Array, Array]:
    """Return lower and upper neighbours (out, 2), and the upper one's weights (out,)."""
    positions = weights(o, size, out)
    one = RESIZE_ONE if positions.dtype == np.int32 else 1
    places = []
    shares = []
    for at in positions:
        # C's division rounds towards zero: for negative positions the lower neighbour is 0, too
        lower = max(int(at / one) if one > 1 else floor(at), 0)
        upper = int((int(at) + one - 1) / one) if one > 1 else ceil(at)
        places.append((lower, min(upper, size - 1)))
        shares.append(at - positions.dtype.type(one * lower))
    dtype = np.int16 if one > 1 else np.float32
    return np.array(places, dtype=np.int16), np.array(shares, dtype=dtype)


def _weights_s8(o: ResizeOptions, size: int, out: int) -> Array:
    """Return positions with 10 fractional bits."""
    scale = (RESIZE_ONE * size + out // 2) // out
    if o.align_corners and out > 1:
        scale = (RESIZE_ONE * (size - 1) + (out - 1) // 2) // (out - 1)
    places = np.arange(out, dtype=np.int64) * scale
    if o.half_pixel_centers:
        places += scale // 2 - RESIZE_ONE // 2
    return places.astype(np.int32)


def _weights_f32(o: ResizeOptions, size: int, out: int) -> Array:
    scale = _scale(o, size, out)
    values = np.arange(out, dtype=np.float32)
    if o.half_pixel_centers:
        return (values + _HALF) * scale - _HALF
    return values * scale


_RESTRICTIONS = ("constant size", "one scale and zero point for input and output")
OPERATORS = (
    OperatorSupport(
        kind="RESIZE_NEAREST_NEIGHBOR",
        summary="an image of another size, of the nearest pixels",
        lowerings={INT8: nearest, FLOAT32: nearest},
        kernels=("resize_nearest",),
        restrictions=_RESTRICTIONS,
    ),
    OperatorSupport(
        kind="RESIZE_BILINEAR",
        summary="an image of another size, interpolated",
        lowerings={INT8: bilinear_s8, FLOAT32: bilinear_f32},
        kernels=("resize_bilinear",),
        restrictions=_RESTRICTIONS,
    ),
)
