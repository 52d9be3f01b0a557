"""The record that each operator has in the operator table: types, restrictions, documentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.codegen.calls import Call
from harness.codegen.operands import Operands
from harness.codegen.passes.hybrid import ROWS

Lowering = Callable[[Operands], Call]

# Types of the first computed input, and of further operands and the output
Types = tuple[str, str]
INT8: Types = ("int8", "int8")
FLOAT32: Types = ("float32", "float32")
INT16: Types = ("int16", "int16")  # with int8 weights and an int64 bias
DYNAMIC: Types = (ROWS, "float32")  # dynamic range: int8 weights, float32 inputs and outputs


@dataclass(frozen=True)
class OperatorSupport:
    """One TFLite operator that the engine runs.

    kind: TFLite's name of it.
    summary: its documentation, a phrase without the name.
    lowerings: the function that returns the kernel call, by types.
    kernels: beginnings of the C names of its kernels, without `engine_`; () where nothing runs.
    restrictions: forms that are refused, each a phrase; those of all operators are left out.
    sources: positions among which the first computed input is: all but the last may be constants.
    sparse: types with kernels that skip zero weights.
    weights, biases: positions of inputs that hold parameters where they are constants; only those
        of `weights` are pruned. An operator without `weights` has biases of more than one element.
    internal: codegen's own, in no file.
    """

    kind: str
    summary: str
    lowerings: Mapping[Types, Lowering]
    kernels: tuple[str, ...] = ()
    restrictions: tuple[str, ...] = ()
    sources: tuple[int, ...] = (0,)
    sparse: tuple[Types, ...] = ()
    weights: tuple[int, ...] = ()
    biases: tuple[int, ...] = ()
    internal: bool = False

    @property
    def types(self) -> str:
        """The types in words, separated by commas."""
        return ", ".join(_words(*types) for types in self.lowerings)

    @property
    def forms(self) -> str:
        """Types and restrictions in one line."""
        return "; ".join([self.types, *self.restrictions])


def _words(source: str, output: str) -> str:
    if (source, output) == DYNAMIC:
        return "dynamic range"
    return source if source == output else f"{source} to {output}"
