"""What codegen decided for each operator: one call of one kernel with its constants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.codegen.graph import Array

# sizeof of the parameter structs in firmware/lib/engine/src; equal on all cores (no padding)
STRUCT_BYTES = {
    "engine_conv_s8_params": 36,
    "engine_conv_max_pool_s8_params": 40,
    "engine_fc_s8_params": 20,
    "engine_pool_s8_params": 32,
    "engine_softmax_s8_params": 6,
    "engine_add_s8_params": 24,
    "engine_requantize_s8_params": 16,
    "engine_affine_params": 12,
    "engine_window_f32_params": 36,
    "engine_fc_f32_params": 16,
    "engine_softmax_f32_params": 8,
    "engine_add_f32_params": 12,
    "engine_lut_s8_params": 4,
    "engine_unary_f32_params": 16,
    "engine_sum_s8_params": 36,
    "engine_mul_s8_params": 20,
    "engine_extreme_s8_params": 4,
    "engine_binary_f32_params": 20,
    "engine_move_params": 12,
    "engine_pad_params": 24,
    "engine_reduce_params": 20,
    "engine_resize_params": 8,
    "engine_svdf_s8_params": 28,
    "engine_svdf_f32_params": 16,
    "engine_lstm_s8_params": 12,
    "engine_lstm_f32_params": 12,
    "engine_l2_norm_params": 12,
    "engine_rows_params": 8,
    "engine_conv_hybrid_params": 40,
    "engine_fc_hybrid_params": 16,
    "engine_window_s16_params": 32,
    "engine_fc_s16_params": 10,
    "engine_softmax_s16_params": 12,
    "engine_add_s16_params": 28,
    "engine_requantize_s16_params": 16,
    "engine_sparse_s8_params": 32,
    "engine_sparse_max_pool_s8_params": 36,
    "engine_sparse_padded_s8_params": 44,
    "engine_sparse_f32_params": 28,
    "engine_sparse_max_pool_f32_params": 32,
    "engine_sparse_padded_f32_params": 40,
}

Value = int | float | Mapping[str, int]

C_TYPES = {
    "int8": "int8_t",
    "int8_rows": "int8_t",
    "uint8": "uint8_t",
    "int16": "int16_t",
    "int32": "int32_t",
    "int64": "int64_t",
    "float32": "float",
}


@dataclass(frozen=True)
class Params:
    """A parameter struct: its C type and its fields in the struct's order."""

    ctype: str
    fields: Mapping[str, Value]

    @property
    def bytes(self) -> int:
        """Size in flash."""
        return STRUCT_BYTES[self.ctype]


@dataclass(frozen=True, eq=False)
class Constant:
    """An array in flash, of a type of C_TYPES."""

    suffix: str
    values: Array

    @property
    def bytes(self) -> int:
        """Size in flash."""
        return int(self.values.nbytes)


@dataclass(frozen=True, eq=False)
class Bands:
    """How `layer` is computed `each` of `count` rows (or pixels: `unit`) at a time.

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
    """How two layers are computed `each` of the second's `count` rows (`unit`) at a time.

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
    params: Params | None = None
    constants: tuple[Constant, ...] = ()
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
        """What runs, by name."""
        second = self.bands.add if self.bands else self.rolling.reader if self.rolling else None
        return f"{self.kernel} + {second.kernel}" if second else self.kernel

    @property
    def const_bytes(self) -> int:
        """Flash bytes of the parameters and constants."""
        further = self.bands.add.const_bytes if self.bands else 0
        further += self.rolling.reader.const_bytes if self.rolling else 0
        params = self.params.bytes if self.params else 0
        return sum(c.bytes for c in self.constants) + params + further


ALIAS = "none"


class Unsupported(Exception):
    """An operator that the engine has no kernel for; the text says why."""
