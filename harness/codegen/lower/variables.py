"""Kernel choice of resource variables: copies from and to a state (`codegen.resources`).

`passes.variable_copies` leaves out those that are not needed.
"""

from __future__ import annotations

from harness.codegen.calls import Call
from harness.codegen.constants import WalkConstants
from harness.codegen.lower.moves import of_all_types
from harness.codegen.lower.support import OperatorSupport
from harness.codegen.operands import Operands, data_of
from harness.codegen.strided import table
from harness.codegen.structs import MoveParams

_STATE, _VALUE = 0, 1


def read_variable(op: Operands) -> Call:
    """READ_VARIABLE: the state as it is now; later assignments do not change what was read."""
    state = op.state(_STATE, op.output.dtype, op.output.elements)
    return Call(
        kernel="engine_move",
        inputs=(state.index,),
        output=op.output.index,
        params=MoveParams(input_offset=0, output_offset=0, run=state.bytes),
        constants=WalkConstants(dims=table([], 2)),
    )


def assign_variable(op: Operands) -> Call:
    """ASSIGN_VARIABLE: the value becomes the state."""
    value = op.value(_VALUE)
    state = op.state(_STATE, value.dtype, value.elements)
    constant = op.is_constant(_VALUE)
    return Call(
        kernel="engine_move_constant" if constant else "engine_move",
        inputs=() if constant else (value.index,),
        output=state.index,
        params=MoveParams(input_offset=0, output_offset=0, run=state.bytes),
        constants=WalkConstants(operand=data_of(value) if constant else None, dims=table([], 2)),
    )


OPERATORS = (
    OperatorSupport(
        "READ_VARIABLE", "a state as it is now", of_all_types(read_variable), ("move",)
    ),
    OperatorSupport(
        kind="ASSIGN_VARIABLE",
        summary="a new value of a state, kept for the next run",
        lowerings=of_all_types(assign_variable),
        kernels=("move",),
        sources=(_VALUE,),
    ),
)
