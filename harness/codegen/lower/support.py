"""Records of the operator table: types, restrictions, documentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.codegen.calls import Call
from harness.codegen.operands import Operands
from harness.codegen.passes.hybrid import ROWS

Lowering = Callable[[Operands], Call]

# Types of the first computed input, and of the other operands and the output
Types = tuple[str, str]
INT8: Types = ("int8", "int8")
FLOAT32: Types = ("float32", "float32")
INT16: Types = ("int16", "int16")  # with int8 weights and an int64 bias
BOOL: Types = ("bool", "bool")
INT32: Types = ("int32", "int32")
UINT8: Types = ("uint8", "uint8")  # without quantisation: with it, it is int8 (`passes.unsigned`)
DYNAMIC: Types = (ROWS, "float32")  # dynamic range: int8 weights, float32 inputs and outputs


@dataclass(frozen=True)
class OperatorSupport:
    """One TFLite operator that the engine runs."""

    kind: str  # TFLite's name
    summary: str  # documentation: a phrase without the name
    lowerings: Mapping[Types, Lowering]  # functions that return the kernel call, by types
    # Beginnings of the kernels' C names, without `engine_`; () where no kernel runs
    kernels: tuple[str, ...] = ()
    # Refused forms, a phrase each; those of all operators are left out
    restrictions: tuple[str, ...] = ()
    # Positions of the first computed input: the first of these that is not a constant
    sources: tuple[int, ...] = (0,)
    sparse: tuple[Types, ...] = ()  # types with kernels that skip zero weights
    # Positions of inputs that hold parameters where they are constants; `weights` are pruned. A
    # single bias of an operator without `weights` is a plain number such as 1/255, no parameter.
    weights: tuple[int, ...] = ()
    biases: tuple[int, ...] = ()
    internal: bool = False  # added by codegen, in no file

    @property
    def types(self) -> str:
        """Types in words, separated by commas."""
        return ", ".join(_words(*types) for types in self.lowerings)

    @property
    def forms(self) -> str:
        """Types and restrictions in one line."""
        return "; ".join([self.types, *self.restrictions])


def _words(source: str, output: str) -> str:
    if (source, output) == DYNAMIC:
        return "dynamic range"
    return source if source == output else f"{source} to {output}"
