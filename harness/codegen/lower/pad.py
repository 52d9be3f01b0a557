"""Kernel choice of PAD and PADV2."""

from __future__ import annotations

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.graph import ITEM_BYTES
from harness.codegen.lower.common import integers, same_quantisation
from harness.codegen.lower.moves import of_all_types, walk
from harness.codegen.lower.support import OperatorSupport
from harness.codegen.operands import Operands, per_tensor, require
from harness.codegen.strided import row_major
from harness.codegen.structs import PadParams


def pad(op: Operands) -> Call:
    """PAD and PADV2; PAD pads with zero, in int8 with the zero point."""
    source, output = op.activation(0), op.output
    same_quantisation(source, output)
    flat = integers(op, 1)
    require(len(flat) == 2 * len(source.shape), "margins of another rank")
    margins = list(zip(flat[::2], flat[1::2], strict=True))
    require(all(m >= 0 for pair in margins for m in pair), "a negative margin")
    shape = tuple(n + a + b for n, (a, b) in zip(source.shape, margins, strict=True))
    require(shape == output.shape, f"output shape {output.shape} where {shape} follows")
    steps = row_major(shape)
    start = sum(a * step for (a, _), step in zip(margins, steps, strict=True))
    move, constants = walk(op, source.shape, row_major(source.shape), 0, steps, start)
    return Call(
        kernel="engine_pad",
        inputs=(source.index,),
        output=output.index,
        params=PadParams(
            move=move,
            bytes=output.bytes,
            item=ITEM_BYTES[source.dtype],
            padding=_padding(op),
        ),
        constants=constants,
    )


def _padding(op: Operands) -> int:
    """Return the bits of the padding as int32."""
    if op.operator.kind == "PADV2":
        same_quantisation(op.constant(2), op.output)
        value = op.constant(2).data
        assert value is not None
        require(value.size == 1 and value.dtype.name == op.output.dtype, "a padding value")
        bits = value.reshape(-1)
        return int(bits.view(np.int32)[0]) if op.output.dtype == "float32" else int(bits[0])
    return per_tensor(op.output)[1] if op.output.dtype == "int8" else 0


_EQUAL = "one scale and zero point for inputs and outputs"
OPERATORS = (
    OperatorSupport(
        "PAD", "margins of zeros", of_all_types(pad), ("pad",), ("constant margins", _EQUAL)
    ),
    OperatorSupport(
        kind="PADV2",
        summary="margins of a given value",
        lowerings=of_all_types(pad),
        kernels=("pad",),
        restrictions=("constant margins and value", _EQUAL),
    ),
)
