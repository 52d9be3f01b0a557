"""Kernel choice of QUANTIZE, DEQUANTIZE, and QUANTIZE_ROWS (see `passes.hybrid`)."""

from __future__ import annotations

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.engine_constants import row_pitch
from harness.codegen.fixed_point import activation_range
from harness.codegen.graph import Tensor
from harness.codegen.lower.common import LIMITS_S16, SIZE_MAX, rescale, scale_s16
from harness.codegen.lower.support import INT8, INT16, OperatorSupport
from harness.codegen.operands import Operands, per_tensor, require
from harness.codegen.options import QuantizeRowsOptions
from harness.codegen.passes.hybrid import QUANTIZE_ROWS, ROWS
from harness.codegen.passes.unsigned import FLIP_SIGN
from harness.codegen.structs import (
    AffineParams,
    FlipSignParams,
    RequantizeS8Params,
    RequantizeS16Params,
    RowsParams,
)

_CLAMPS = ("RELU", "RELU6")


def quantize_s8(op: Operands) -> Call:
    """QUANTIZE from float32 to int8."""
    return _affine_s8(op, op.output, "engine_quantize_f32_s8", in_place=True)


def dequantize_s8(op: Operands) -> Call:
    """DEQUANTIZE from int8 to float32."""
    return _affine_s8(op, op.activation(0), "engine_dequantize_s8_f32", in_place=False)


def _affine_s8(op: Operands, quantised: Tensor, kernel: str, *, in_place: bool) -> Call:
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    scale, zero_point = per_tensor(quantised)
    return Call(
        kernel=kernel,
        inputs=(source.index,),
        output=output.index,
        params=AffineParams(count=output.elements, scale=scale, zero_point=zero_point),
        in_place=(source.index,) if in_place else (),
    )


def requantize_s8(op: Operands) -> Call:
    """QUANTIZE from int8 to int8."""
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    (in_scale, in_zero), (out_scale, out_zero) = per_tensor(source), per_tensor(output)
    multiplier, shift = rescale(in_scale / out_scale)
    return Call(
        kernel="engine_requantize_s8",
        inputs=(source.index,),
        output=output.index,
        params=RequantizeS8Params(
            count=output.elements,
            multiplier=multiplier,
            shift=shift,
            input_offset=-in_zero,
            output_offset=out_zero,
        ),
        in_place=(source.index,),
    )


def quantize_s16(op: Operands) -> Call:
    """QUANTIZE from float32 to int16."""
    return _affine_s16(op, op.output, "engine_quantize_f32_s16", in_place=True)


def dequantize_s16(op: Operands) -> Call:
    """DEQUANTIZE from int16 to float32."""
    return _affine_s16(op, op.activation(0), "engine_dequantize_s16_f32", in_place=False)


def _affine_s16(op: Operands, quantised: Tensor, kernel: str, *, in_place: bool) -> Call:
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    return Call(
        kernel=kernel,
        inputs=(source.index,),
        output=output.index,
        params=AffineParams(count=output.elements, scale=scale_s16(quantised), zero_point=0),
        in_place=(source.index,) if in_place else (),
    )


def requantize_s16(op: Operands) -> Call:
    """QUANTIZE from int16 to int16 or int8, and RELU and RELU6 of int16."""
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    to_int8 = output.dtype == "int8"
    scale, zero_point = per_tensor(output) if to_int8 else (scale_s16(output), 0)
    clamp = op.operator.kind in _CLAMPS
    # an activation divides in float32, QUANTIZE in double
    ratio = float(np.float32(scale_s16(source)) / np.float32(scale)) if clamp else None
    multiplier, shift = rescale(scale_s16(source) / scale if ratio is None else ratio)
    low, high = activation_range(op.operator.kind, scale, 0, LIMITS_S16) if clamp else LIMITS_S16
    require(low <= high, "an activation range outside the output's range")
    return Call(
        kernel="engine_requantize_s16_s8" if to_int8 else "engine_requantize_s16",
        inputs=(source.index,),
        output=output.index,
        params=RequantizeS16Params(
            count=output.elements,
            multiplier=multiplier,
            shift=shift,
            output_offset=zero_point,
            activation_min=low,
            activation_max=high,
        ),
        in_place=(source.index,),
    )


def quantize_rows(op: Operands) -> Call:
    """QUANTIZE_ROWS from float32 to int8, each row with its own scale; see `hybrid`."""
    source, output = op.activation(0), op.output
    rows = output.shape[0]
    depth = source.elements // rows
    require(rows <= SIZE_MAX, "more than 65535 rows")
    return Call(
        kernel="engine_quantize_rows_f32",
        inputs=(source.index,),
        output=output.index,
        params=RowsParams(
            depth=depth,
            rows=rows,
            asymmetric=int(op.options(QuantizeRowsOptions).asymmetric),
        ),
        # the kernel writes behind the floats it reads, the tail into the row's last floats
        in_place=(source.index,) if row_pitch(depth) <= 4 * depth else (),
    )


def flip_sign(op: Operands) -> Call:
    """FLIP_SIGN between uint8 and the int8 that is 128 less; see `unsigned`."""
    source, output = op.activation(0), op.output
    return Call(
        kernel="engine_flip_sign",
        inputs=(source.index,),
        output=output.index,
        params=FlipSignParams(count=output.elements),
        in_place=(source.index,),
    )


OPERATORS = (
    OperatorSupport(
        kind="QUANTIZE",
        summary="quantisation, or a change of scale",
        lowerings={
            INT8: requantize_s8,
            INT16: requantize_s16,
            ("int16", "int8"): requantize_s16,
            ("float32", "int8"): quantize_s8,
            ("float32", "int16"): quantize_s16,
        },
        kernels=("quantize_f32", "requantize"),
    ),
    OperatorSupport(
        kind="DEQUANTIZE",
        summary="float32 values; constants of int8 and float16 are dequantised by codegen",
        lowerings={("int8", "float32"): dequantize_s8, ("int16", "float32"): dequantize_s16},
        kernels=("dequantize",),
    ),
    OperatorSupport(
        kind=FLIP_SIGN,
        summary="uint8 as the int8 that is 128 less, or back",
        lowerings={("uint8", "int8"): flip_sign, ("int8", "uint8"): flip_sign},
        kernels=("flip_sign",),
        internal=True,
    ),
    OperatorSupport(
        kind=QUANTIZE_ROWS,
        summary="quantisation of each row by its own scale, before a layer of dynamic range",
        lowerings={("float32", ROWS): quantize_rows},
        kernels=("quantize_rows",),
        internal=True,
    ),
)
