"""Kernel choice of arithmetic on two operands, with broadcast; one may be a constant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.codegen.calls import Call, Unsupported
from harness.codegen.constants import WalkConstants
from harness.codegen.engine_constants import HEADROOM_S8, HEADROOM_S16
from harness.codegen.fixed_point import quantise_multiplier
from harness.codegen.graph import Array, Tensor
from harness.codegen.lower.common import (
    activation_f32,
    activation_s8,
    activation_s16,
    scale_s16,
    sum_factors,
)
from harness.codegen.lower.support import FLOAT32, INT8, INT16, INT32, OperatorSupport
from harness.codegen.operands import Operands, data_of, per_tensor, require
from harness.codegen.options import AddOptions, FusedOptions
from harness.codegen.strided import merged, row_major, table
from harness.codegen.structs import (
    BinaryF32Params,
    BinaryI32Params,
    ExtremeS8Params,
    MulS8Params,
    Struct,
    SumS8Params,
)

_NAMES = {"ADD": "sum", "SUB": "sum", "MUL": "mul", "MAXIMUM": "maximum", "MINIMUM": "minimum"}


@dataclass(frozen=True)
class Pair:
    """Two operands, a constant one second; `signs` are their signs in a sum.

    `swapped`: the second one is the operator's first.
    """

    first: Tensor
    second: Tensor
    signs: tuple[int, int]
    swapped: bool = False

    @property
    def constant(self) -> bool:
        """True where the second operand is a constant."""
        return self.second.data is not None


def pair_of(op: Operands) -> Pair:
    """Return the operands. Raises Unsupported for other numbers, two types or two constants."""
    tensors = [op.graph.tensors[i] for i in op.operator.inputs if i >= 0]
    require(len(tensors) == 2, f"{len(tensors)} operands")
    first, second = tensors
    require(
        first.dtype == second.dtype and op.output.dtype in (first.dtype, "bool"),
        "operands of two types",
    )
    sign = -1 if op.operator.kind == "SUB" else 1
    if first.data is None:
        return Pair(first, second, (1, sign))
    if second.data is None:
        return Pair(second, first, (sign, 1), swapped=True)
    raise Unsupported("two constant operands")


def _walk(pair: Pair, output: Tensor) -> Array:
    """Return ENGINE_RANK rows, each of a size and both operands' steps."""
    rank = len(output.shape)
    shapes = [(1,) * (rank - len(t.shape)) + t.shape for t in (pair.first, pair.second)]
    follows = tuple(np.broadcast_shapes(*shapes)) if _broadcast(shapes) else None
    require(follows == output.shape, f"shapes {pair.first.shape} and {pair.second.shape}")
    steps = [
        [step if size > 1 else 0 for size, step in zip(shape, row_major(shape), strict=True)]
        for shape in shapes
    ]
    return table(merged(list(zip(output.shape, *steps, strict=True))), 2)


def _broadcast(shapes: list[tuple[int, ...]]) -> bool:
    first, second = shapes
    return len(first) == len(second) and all(
        a == b or 1 in (a, b) for a, b in zip(first, second, strict=True)
    )


def _call(op: Operands, pair: Pair, suffix: str, params: Struct) -> Call:
    return call_of_pair(op, pair, f"engine_{_NAMES[op.operator.kind]}_{suffix}", params)


def call_of_pair(op: Operands, pair: Pair, kernel: str, params: Struct) -> Call:
    """Return the call of a kernel that walks two operands."""
    output = op.output
    operands = [pair.first] if pair.constant else [pair.first, pair.second]
    return Call(
        kernel=kernel,
        inputs=tuple(tensor.index for tensor in operands),
        output=output.index,
        params=params,
        constants=WalkConstants(
            operand=data_of(pair.second) if pair.constant else None, dims=_walk(pair, output)
        ),
        in_place=tuple(t.index for t in operands if _covers(t, output)),
    )


def _covers(operand: Tensor, output: Tensor) -> bool:
    """Return True where the output may be written over the operand, element by element."""
    return operand.elements == output.elements and operand.bytes == output.bytes


def binary_f32(op: Operands) -> Call:
    """ADD, SUB, MUL, MAXIMUM and MINIMUM in float32."""
    pair = pair_of(op)
    low, high = activation_f32(op)
    params = BinaryF32Params(
        activation_min=low,
        activation_max=high,
        sign1=float(pair.signs[0]),
        sign2=float(pair.signs[1]),
        constant2=int(pair.constant),
    )
    return _call(op, pair, "f32", params)


def binary_i32(op: Operands) -> Call:
    """ADD, SUB and MUL in int32."""
    pair, options = pair_of(op), op.operator.options
    activation = options.activation if isinstance(options, FusedOptions) else "NONE"
    require(activation == "NONE", f"fused activation {activation} in int32")
    sign1, sign2 = pair.signs
    params = BinaryI32Params(sign1=sign1, sign2=sign2, constant2=int(pair.constant))
    return _call(op, pair, "i32", params)


def binary_s8(op: Operands) -> Call:
    """ADD, SUB, MUL, MAXIMUM and MINIMUM in int8."""
    pair = pair_of(op)
    if op.operator.kind in ("MAXIMUM", "MINIMUM"):
        return _call(op, pair, "s8", _extreme(op, pair))
    return _call(
        op, pair, "s8", _product(op, pair) if op.operator.kind == "MUL" else _sum(op, pair)
    )


def binary_s16(op: Operands) -> Call:
    """ADD, SUB and MUL in int16."""
    pair = pair_of(op)
    if op.operator.kind == "MUL":
        return _call(op, pair, "s16", _product(op, pair))
    scales = [scale_s16(tensor) for tensor in (pair.first, pair.second, op.output)]
    require(not shifts_scales(op, scales), "int16 scales that are all powers of two")
    return _call(op, pair, "s16", _sum(op, pair))


def shifts_scales(op: Operands, scales: Sequence[float]) -> bool:
    """Return True where TFLite computes an int16 sum with shifts instead of multipliers."""
    options = op.operator.options
    pot_scale = options.pot_scale if isinstance(options, AddOptions) else True
    return pot_scale and all(_is_power_of_two(scale) for scale in scales)


def _is_power_of_two(scale: float) -> bool:
    """Return True within the tolerance of TFLite's CheckedLog2."""
    exponent = np.log2(scale)
    return bool(abs(exponent - np.round(exponent)) < 1e-3)


def _parameters(tensor: Tensor) -> tuple[float, int]:
    """Return scale and zero point of an int8 or int16 tensor."""
    return (scale_s16(tensor), 0) if tensor.dtype == "int16" else per_tensor(tensor)


def _extreme(op: Operands, pair: Pair) -> ExtremeS8Params:
    quantisations = {per_tensor(tensor) for tensor in (pair.first, pair.second, op.output)}
    require(len(quantisations) == 1, "operands of another quantisation than the output's")
    return ExtremeS8Params(constant2=int(pair.constant))


def _product(op: Operands, pair: Pair) -> MulS8Params:
    scales = (_parameters(tensor)[0] for tensor in (pair.first, pair.second, op.output))
    scale1, scale2, out_scale = (np.float32(scale) for scale in scales)
    # TFLite multiplies and divides the three scales in float32
    factor = scale1 * scale2 / out_scale
    require(bool(np.isfinite(factor)), "a rescaling factor beyond float32")
    return rescaled_pair(op, pair, float(factor), 15)


def rescaled_pair(op: Operands, pair: Pair, factor: float, most: int) -> MulS8Params:
    """Return the parameters of a product or quotient that is rescaled by `factor`.

    `most`: the greatest shift that the kernel takes.
    """
    (_, zero1), (_, zero2) = _parameters(pair.first), _parameters(pair.second)
    low, high = activation_s16(op) if op.output.dtype == "int16" else activation_s8(op)
    multiplier, shift = quantise_multiplier(factor)
    require(shift <= most, f"a rescaling factor of {factor:g}")
    return MulS8Params(
        multiplier=multiplier,
        shift=shift,
        offset1=-zero1,
        offset2=-zero2,
        output_offset=_parameters(op.output)[1],
        activation_min=low,
        activation_max=high,
        constant2=int(pair.constant),
    )


def _sum(op: Operands, pair: Pair) -> SumS8Params:
    (scale1, zero1), (scale2, zero2) = _parameters(pair.first), _parameters(pair.second)
    out_scale, out_zero = _parameters(op.output)
    low, high = activation_s16(op) if op.output.dtype == "int16" else activation_s8(op)
    headroom = HEADROOM_S16 if op.output.dtype == "int16" else HEADROOM_S8
    factors = sum_factors(scale1, scale2, out_scale, headroom)
    (multiplier1, shift1), (multiplier2, shift2), (out_multiplier, out_shift) = factors
    return SumS8Params(
        multiplier1=multiplier1,
        multiplier2=multiplier2,
        output_multiplier=out_multiplier,
        offset1=-zero1,
        offset2=-zero2,
        output_offset=out_zero,
        shift1=shift1,
        shift2=shift2,
        output_shift=out_shift,
        activation_min=low,
        activation_max=high,
        sign1=pair.signs[0],
        sign2=pair.signs[1],
        constant2=int(pair.constant),
    )


_LOWERINGS = {INT8: binary_s8, FLOAT32: binary_f32}
_WITH_S16 = {**_LOWERINGS, INT16: binary_s16, INT32: binary_i32}
_EQUAL = ("one scale and zero point for operands and output in int8",)
_EITHER = (0, 1)
OPERATORS = (
    OperatorSupport(
        "SUB", "difference, with broadcast", _WITH_S16, ("sum",), sources=_EITHER, biases=_EITHER
    ),
    OperatorSupport(
        "MUL", "product, with broadcast", _WITH_S16, ("mul",), sources=_EITHER, biases=_EITHER
    ),
    OperatorSupport(
        "MAXIMUM", "greater operand, with broadcast", _LOWERINGS, ("maximum",), _EQUAL, _EITHER
    ),
    OperatorSupport(
        "MINIMUM", "lesser operand, with broadcast", _LOWERINGS, ("minimum",), _EQUAL, _EITHER
    ),
)
