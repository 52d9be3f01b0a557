"""Kernel choice and parameters of int8 operators without weights."""

from __future__ import annotations

from dataclasses import asdict
from math import prod

import numpy as np

from harness.codegen.calls import Call, Constant, Params
from harness.codegen.fixed_point import activation_range, quantise_multiplier, softmax_table
from harness.codegen.graph import Tensor
from harness.codegen.operands import Operands, per_tensor, require
from harness.codegen.window import window_of

SIZE_MAX = (1 << 16) - 1


def pool(op: Operands) -> Call:
    """MAX_POOL_2D and AVERAGE_POOL_2D; TFLite wants equal quantisation on both sides."""
    source, output = op.activation(0), op.output
    (in_scale, in_zero), (out_scale, out_zero) = per_tensor(source), per_tensor(output)
    require(
        abs(in_scale - out_scale) <= 1e-6 and in_zero == out_zero,
        "a pool that changes the quantisation",
    )
    kernel = "max" if op.operator.kind == "MAX_POOL_2D" else "average"
    require(len(source.shape) == 4, "an input without 4 dimensions")
    size = (op.options.filter_h, op.options.filter_w)
    window = window_of(source, output, op.options, size, source.shape[-1])
    return Call(
        kernel=f"engine_{kernel}_pool_s8",
        inputs=(source.index,),
        output=output.index,
        params=Params("engine_pool_s8_params", {"window": asdict(window), **int8_activation(op)}),
    )


def softmax(op: Operands) -> Call:
    """SOFTMAX over the last axis."""
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    require(len(source.shape) > 0, "a row without dimensions")
    scale, zero_point = per_tensor(output)
    require(zero_point == -128 and abs(scale * 256 - 1) < 1e-3, "an output scale other than 1/256")
    depth = source.shape[-1]
    require(depth < 4096, f"a row of {depth} elements")
    rows = prod(source.shape[:-1])
    require(rows <= SIZE_MAX, "more than 65535 rows")
    table = softmax_table(per_tensor(source)[0], op.options.beta)
    require(table is not None, "an input scale out of range")
    return Call(
        kernel="engine_softmax_s8",
        inputs=(source.index,),
        output=output.index,
        params=Params(
            "engine_softmax_s8_params",
            {"rows": rows, "depth": depth, "table_size": len(table or ())},
        ),
        constants=(Constant("exp", np.array(table, dtype=np.int32)),),
        in_place=(source.index,),
    )


def add(op: Operands) -> Call:
    """ADD of two tensors of one shape, that of the greater scale first."""
    output = op.output
    both = sorted((op.activation(0), op.activation(1)), key=lambda t: -per_tensor(t)[0])
    first, second = both
    require(first.shape == second.shape == output.shape, "broadcast")
    (scale1, zero1), (scale2, zero2) = per_tensor(first), per_tensor(second)
    out_scale, out_zero = per_tensor(output)
    # what counts nothing is the least that the kernel knows: it counts nothing, too
    multiplier, shift = max(rescale(scale2 / (2 * scale1)), (1 << 30, -31))
    out_multiplier, out_shift = rescale(2 * scale1 / ((1 << 20) * out_scale))
    require(out_shift <= 0, "an output scale too small for the inputs'")
    return Call(
        kernel="engine_add_s8",
        inputs=(first.index, second.index),
        output=output.index,
        params=Params(
            "engine_add_s8_params",
            {
                "count": output.elements,
                "multiplier": multiplier,
                "output_multiplier": out_multiplier,
                "offset1": -zero1,
                "offset2": -zero2,
                "output_offset": out_zero,
                "shift": shift,
                "output_shift": out_shift,
                **int8_activation(op),
            },
        ),
        in_place=(first.index, second.index),
    )


def requantize(op: Operands) -> Call:
    """QUANTIZE from int8 to int8."""
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    (in_scale, in_zero), (out_scale, out_zero) = per_tensor(source), per_tensor(output)
    multiplier, shift = rescale(in_scale / out_scale)
    return Call(
        kernel="engine_requantize_s8",
        inputs=(source.index,),
        output=output.index,
        params=Params(
            "engine_requantize_s8_params",
            {
                "count": output.elements,
                "multiplier": multiplier,
                "shift": shift,
                "input_offset": -in_zero,
                "output_offset": out_zero,
                "unused": 0,
            },
        ),
        in_place=(source.index,),
    )


def quantize(op: Operands) -> Call:
    """QUANTIZE from float32 to int8."""
    return _affine(op, op.output, "engine_quantize_f32_s8", in_place=True)


def dequantize(op: Operands) -> Call:
    """DEQUANTIZE from int8 to float32."""
    return _affine(op, op.activation(0), "engine_dequantize_s8_f32", in_place=False)


def _affine(op: Operands, quantised: Tensor, kernel: str, *, in_place: bool) -> Call:
    source, output = op.activation(0), op.output
    require(source.shape == output.shape, "shapes that differ")
    scale, zero_point = per_tensor(quantised)
    return Call(
        kernel=kernel,
        inputs=(source.index,),
        output=output.index,
        params=Params(
            "engine_affine_params",
            {"count": output.elements, "scale": scale, "zero_point": zero_point},
        ),
        in_place=(source.index,) if in_place else (),
    )


def int8_activation(op: Operands) -> dict[str, int]:
    """The fused activation's limits, as the parameter structs hold them."""
    activation = op.options.activation
    require(
        activation in ("NONE", "RELU", "RELU6", "RELU_N1_TO_1"), f"fused activation {activation}"
    )
    low, high = activation_range(activation, *per_tensor(op.output))
    require(low <= high, "an activation range outside the output's range")
    return {"activation_min": low, "activation_max": high}


def rescale(factor: float) -> tuple[int, int]:
    """Multiplier and shift of a factor that kernels can shift by."""
    multiplier, shift = quantise_multiplier(factor)
    require(shift <= 30, f"a rescaling factor of {factor:g}")
    return multiplier, shift
