"""Calls: the kernel that runs an operator, with its parameters and constants."""

from __future__ import annotations

from dataclasses import dataclass

from harness.codegen.constants import NO_CONSTANTS, Constants
from harness.codegen.structs import Struct

C_TYPES = {
    "int8": "int8_t",
    "int8_rows": "int8_t",
    "uint8": "uint8_t",
    "int16": "int16_t",
    "int32": "int32_t",
    "int64": "int64_t",
    "float32": "float",
}


@dataclass(frozen=True, eq=False)
class Bands:
    """A layer that is computed `each` of `count` rows (or pixels: `unit`) at a time.

    `add` sums each band's `elements` and those of the call's last input. The band is at the
    beginning of the call's scratch memory, the kernel's own at `kernel_scratch`.
    """

    layer: Call
    add: Call
    dtype: str
    kernel_scratch: int
    unit: str
    count: int
    each: int
    elements: int


@dataclass(frozen=True, eq=False)
class Rolling:
    """Two layers that are computed `each` of the second's `count` rows (`unit`) at a time.

    Those rows of `layer`'s output that a band of `reader` reads are at the beginning of the call's
    scratch memory, each `row_elements` long of `width` pixels; what the next band reads too moves
    up. Either kernel's own scratch is at `kernel_scratch`. `out_elements`: of a row of output.
    """

    layer: Call
    reader: Call
    dtype: str
    kernel_scratch: int
    unit: str
    count: int
    each: int
    width: int
    row_elements: int
    out_elements: int


@dataclass(frozen=True, eq=False)
class Call:
    """kernel(params, inputs..., states..., constants..., output).

    `in_place` lists inputs it may overwrite; `states` are variables that it reads and writes.
    Kernels with `scratch_bytes` take a pointer to as much memory before the output. A reshape has
    no kernel ("none"): its output is its input's memory. `reason` says why this kernel was chosen
    where there was a choice; `time` is then the modelled one, in `time_unit`. A call with `bands`
    runs the kernel for each of them, and a sum behind it; one with `rolling` a second layer.
    """

    kernel: str
    inputs: tuple[int, ...]
    output: int
    params: Struct | None = None
    constants: Constants = NO_CONSTANTS
    macs: int = 0
    nonzero_macs: int = 0
    in_place: tuple[int, ...] = ()
    scratch_bytes: int | None = None
    states: tuple[int, ...] = ()
    reason: str = ""
    time: float | None = None
    time_unit: str = ""
    bands: Bands | None = None
    rolling: Rolling | None = None

    @property
    def kernels(self) -> str:
        """Names of the kernels that run."""
        second = self.bands.add if self.bands else self.rolling.reader if self.rolling else None
        return f"{self.kernel} + {second.kernel}" if second else self.kernel

    @property
    def const_bytes(self) -> int:
        """Flash bytes of the parameters and constants."""
        further = self.bands.add.const_bytes if self.bands else 0
        further += self.rolling.reader.const_bytes if self.rolling else 0
        params = self.params.sizeof() if self.params else 0
        return self.constants.size + params + further


ALIAS = "none"


class Unsupported(Exception):
    """An operator that the engine has no kernel for; the text says why."""
