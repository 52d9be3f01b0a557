"""Kernel calls with their parameters and constants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.codegen.constants import NO_CONSTANTS, Constants
from harness.codegen.graph import Array
from harness.codegen.structs import Struct

C_TYPES = {
    "bool": "int8_t",
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
    """A layer that is computed band by band, and the sum that follows it."""

    layer: Call
    add: Call  # adds the call's last input to each band
    dtype: str
    kernel_scratch: int  # offset in scratch memory of the kernel's own; the band is at 0
    unit: str  # of bands: rows or pixels
    count: int  # units in the layer
    each: int  # units in a band
    elements: int  # of a band


@dataclass(frozen=True, eq=False)
class Rolling:
    """Two layers that are computed together, band by band of the second one's output.

    The band of rows that `reader` reads lies at the beginning of the call's scratch memory.
    Rows that the next band reads too are moved up.
    """

    layer: Call
    reader: Call
    dtype: str
    kernel_scratch: int  # offset in scratch memory of either kernel's own
    unit: str  # of bands: rows or pixels
    count: int  # units in the output of `reader`
    each: int  # units in a band
    width: int  # pixels in a row of `layer`'s output
    row_elements: int  # elements of that row
    out_elements: int  # elements in a row of `reader`'s output


@dataclass(frozen=True, eq=False)
class Call:
    """One kernel call: kernel(params, inputs..., states..., constants..., scratch, output).

    A reshape has the kernel "none": its output is its input's memory.
    """

    kernel: str
    inputs: tuple[int, ...]
    output: int
    params: Struct | None = None
    constants: Constants = NO_CONSTANTS
    macs: int = 0
    nonzero_macs: int = 0
    in_place: tuple[int, ...] = ()  # inputs that the kernel may overwrite
    scratch_bytes: int | None = None  # None: the kernel takes no scratch memory
    states: tuple[int, ...] = ()  # variables that the kernel reads and writes
    reason: str = ""  # comparison of the kernels, where there was a choice
    time: float | None = None  # modelled, in `time_unit`
    time_unit: str = ""
    bands: Bands | None = None  # run the kernel band by band, with a sum
    rolling: Rolling | None = None  # run the kernel band by band, with a second layer

    @property
    def parts(self) -> tuple[tuple[str, Call], ...]:
        """This call and the one that runs with it by bands, with the suffix of its C names."""
        if self.bands:
            return ("", self), ("_sum", self.bands.add)
        return (("", self), ("_reader", self.rolling.reader)) if self.rolling else (("", self),)

    @property
    def kernels(self) -> str:
        """Names of the kernels that run."""
        second = self.bands.add if self.bands else self.rolling.reader if self.rolling else None
        return f"{self.kernel} + {second.kernel}" if second else self.kernel

    @property
    def const_bytes(self) -> int:
        """Flash bytes of the parameters and constants."""
        params = (call.params.sizeof() for _, call in self.parts if call.params)
        return sum(params) + sum(call.constants.size for _, call in self.parts)


def const_bytes(calls: Iterable[Call]) -> int:
    """Return the flash bytes of all parameters and constants; equal arrays are stored once."""
    total, known = 0, set()
    for _, call in (part for whole in calls for part in whole.parts):
        total += call.params.sizeof() if call.params else 0
        for name, values in call.constants.arrays():
            key = stored_as(name, values)
            total += 0 if key in known else values.nbytes
            known.add(key)
    return total


def stored_as(name: str, values: Array) -> tuple[str, bool, bytes]:
    """Return type, alignment and content of an array, by which equal ones are stored once."""
    return values.dtype.name, aligned(name), values.tobytes()


def aligned(name: str) -> bool:
    """Return True for arrays that kernels load by words."""
    return name in ("weights", "taps")


ALIAS = "none"


class Unsupported(Exception):
    """No kernel runs this operator; the message gives the reason."""
