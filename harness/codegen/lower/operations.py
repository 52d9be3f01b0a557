"""Kernel choice of further functions of two operands, with broadcast; one may be a constant."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.fixed_point import quantise_multiplier
from harness.codegen.lower.binary import Pair, call_of_pair, pair_of, rescaled_pair
from harness.codegen.lower.common import activation_f32, rescale
from harness.codegen.lower.support import BOOL, FLOAT32, INT8, OperatorSupport, Types
from harness.codegen.operands import Operands, per_tensor, require
from harness.codegen.options import FusedOptions
from harness.codegen.structs import (
    BinaryF32Params,
    CompareF32Params,
    CompareS8Params,
    Comparison,
    ExtremeS8Params,
    PreluS8Params,
    SquaredDifferenceS8Params,
)

_RAISED_BITS = 7  # RAISED of engine_operations_s8.c
_ONLY_SECOND = ("FLOOR_DIV", "FLOOR_MOD", "PRELU")  # kernels take a constant second operand alone
_REVERSED = {"DIV": "rdiv", "POW": "rpow"}
# results where operand 1 is less, equal, greater, and where one is not a number
_COMPARISONS = {
    "EQUAL": (0, 1, 0, 0),
    "NOT_EQUAL": (1, 0, 1, 1),
    "GREATER": (0, 0, 1, 0),
    "GREATER_EQUAL": (0, 1, 1, 0),
    "LESS": (1, 0, 0, 0),
    "LESS_EQUAL": (1, 1, 0, 0),
}


def operation_f32(op: Operands) -> Call:
    """DIV, POW, FLOOR_DIV, FLOOR_MOD, SQUARED_DIFFERENCE and PRELU in float32."""
    kind, pair = op.operator.kind, pair_of(op)
    name = _REVERSED.get(kind, kind.lower()) if pair.swapped else kind.lower()
    require(not (pair.swapped and kind in _ONLY_SECOND), "a constant first operand")
    fused = isinstance(op.operator.options, FusedOptions)
    low, high = activation_f32(op) if fused else (-np.inf, np.inf)
    limits = np.finfo(np.float32)
    params = BinaryF32Params(
        activation_min=max(low, float(limits.min)),
        activation_max=min(high, float(limits.max)),
        sign1=1.0,
        sign2=1.0,
        constant2=int(pair.constant),
    )
    return call_of_pair(op, pair, f"engine_{name}_f32", params)


def div_s8(op: Operands) -> Call:
    """DIV in int8."""
    pair = pair_of(op)
    require(not pair.swapped, "a constant first operand in int8")
    scale1, scale2, out_scale = (per_tensor(t)[0] for t in (pair.first, pair.second, op.output))
    params = rescaled_pair(op, pair, scale1 / (scale2 * out_scale), 22)
    return call_of_pair(op, pair, "engine_div_s8", params)


def prelu_s8(op: Operands) -> Call:
    """PRELU in int8."""
    pair = pair_of(op)
    require(not pair.swapped, "a constant first operand")
    (scale1, zero1), (scale2, zero2) = per_tensor(pair.first), per_tensor(pair.second)
    out_scale, out_zero = per_tensor(op.output)
    # TFLite multiplies and divides scales in float32
    ratio = np.float32(scale1) / np.float32(out_scale)
    sloped = np.float32(scale1) * np.float32(scale2) / np.float32(out_scale)
    (multiplier1, shift1), (multiplier2, shift2) = rescale(float(ratio)), rescale(float(sloped))
    require(shift1 <= 22 and shift2 <= 15, "a rescaling factor out of range")
    params = PreluS8Params(
        multiplier1=multiplier1,
        multiplier2=multiplier2,
        offset1=-zero1,
        offset2=-zero2,
        output_offset=out_zero,
        shift1=shift1,
        shift2=shift2,
        constant2=int(pair.constant),
    )
    return call_of_pair(op, pair, "engine_prelu_s8", params)


def squared_difference_s8(op: Operands) -> Call:
    """SQUARED_DIFFERENCE in int8."""
    pair = pair_of(op)
    (scale1, zero1), (scale2, zero2) = per_tensor(pair.first), per_tensor(pair.second)
    out_scale, out_zero = per_tensor(op.output)
    twice = 2 * max(scale1, scale2)
    factors = [
        scale1 / twice,
        scale2 / twice,
        twice * twice / ((1 << 2 * _RAISED_BITS) * out_scale),
    ]
    pairs = [quantise_multiplier(factor) for factor in factors]
    require(all(shift <= 0 for _, shift in pairs), "an output scale too small for the inputs'")
    (multiplier1, shift1), (multiplier2, shift2), (out_multiplier, out_shift) = pairs
    params = SquaredDifferenceS8Params(
        multiplier1=multiplier1,
        multiplier2=multiplier2,
        output_multiplier=out_multiplier,
        offset1=-zero1,
        offset2=-zero2,
        output_offset=out_zero,
        shift1=shift1,
        shift2=shift2,
        output_shift=out_shift,
        constant2=int(pair.constant),
    )
    return call_of_pair(op, pair, "engine_squared_difference_s8", params)


def compare_s8(op: Operands) -> Call:
    """Comparisons in int8: of values rescaled by their scales, raised by 8 bits."""
    pair = pair_of(op)
    (scale1, zero1), (scale2, zero2) = per_tensor(pair.first), per_tensor(pair.second)
    (multiplier1, shift1), (multiplier2, shift2) = (
        quantise_multiplier(scale) for scale in (scale1, scale2)
    )
    require(max(shift1, shift2) <= 0, "a scale of 1 or more")
    params = CompareS8Params(
        multiplier1=multiplier1,
        multiplier2=multiplier2,
        offset1=-zero1,
        offset2=-zero2,
        shift1=shift1,
        shift2=shift2,
        results=_results(op, pair),
        constant2=int(pair.constant),
    )
    return call_of_pair(op, pair, "engine_compare_s8", params)


def compare_f32(op: Operands) -> Call:
    """Comparisons in float32."""
    pair = pair_of(op)
    params = CompareF32Params(results=_results(op, pair), constant2=int(pair.constant))
    return call_of_pair(op, pair, "engine_compare_f32", params)


def _results(op: Operands, pair: Pair) -> Comparison:
    less, equal, greater, unordered = _COMPARISONS[op.operator.kind]
    found = Comparison(less=less, equal=equal, greater=greater, unordered=unordered)
    return replace(found, less=greater, greater=less) if pair.swapped else found


def logical(op: Operands) -> Call:
    """LOGICAL_AND and LOGICAL_OR: the lesser and the greater of 0 and 1."""
    pair = pair_of(op)
    name = "minimum" if op.operator.kind == "LOGICAL_AND" else "maximum"
    params = ExtremeS8Params(constant2=int(pair.constant))
    return call_of_pair(op, pair, f"engine_{name}_s8", params)


_EITHER = (0, 1)
_FLOAT = {FLOAT32: operation_f32}
_TO_BOOL: Types = ("int8", "bool")
_COMPARED = {_TO_BOOL: compare_s8, ("float32", "bool"): compare_f32}
_SECOND = ("no constant first operand",)
_WORDS = {
    "EQUAL": "equal operands",
    "NOT_EQUAL": "different operands",
    "GREATER": "first operand greater",
    "GREATER_EQUAL": "first operand not less",
    "LESS": "first operand less",
    "LESS_EQUAL": "first operand not greater",
}
OPERATORS = (
    OperatorSupport(
        kind="DIV",
        summary="quotient, with broadcast",
        lowerings={INT8: div_s8, FLOAT32: operation_f32},
        kernels=("div", "rdiv"),
        restrictions=("no constant first operand in int8",),
        sources=_EITHER,
    ),
    OperatorSupport("POW", "power, with broadcast", _FLOAT, ("pow", "rpow"), sources=_EITHER),
    OperatorSupport("FLOOR_DIV", "quotient rounded down", _FLOAT, ("floor_div",), _SECOND, _EITHER),
    OperatorSupport("FLOOR_MOD", "remainder", _FLOAT, ("floor_mod",), _SECOND, _EITHER),
    OperatorSupport(
        kind="PRELU",
        summary="values below 0 times slopes, with broadcast",
        lowerings={INT8: prelu_s8, FLOAT32: operation_f32},
        kernels=("prelu",),
        restrictions=_SECOND,
        biases=(1,),
    ),
    OperatorSupport(
        kind="SQUARED_DIFFERENCE",
        summary="squared difference, with broadcast",
        lowerings={INT8: squared_difference_s8, FLOAT32: operation_f32},
        kernels=("squared_difference",),
        restrictions=("output scale not far below the square of the inputs' in int8",),
        sources=_EITHER,
    ),
    *(
        OperatorSupport(
            kind, f"{words}, with broadcast", _COMPARED, ("compare",),
            ("scales below 1 in int8",), _EITHER,
        )
        for kind, words in _WORDS.items()
    ),
    OperatorSupport("LOGICAL_AND", "both", {BOOL: logical}, ("minimum",), sources=_EITHER),
    OperatorSupport("LOGICAL_OR", "one or both", {BOOL: logical}, ("maximum",), sources=_EITHER),
)  # fmt: skip
