"""engine_kernels_shape.h: parameters of kernels that move elements, and of reductions."""

from __future__ import annotations

from dataclasses import dataclass

from harness.codegen.structs.base import Int16, Int32, Struct


@dataclass(frozen=True, kw_only=True)
class MoveParams(Struct, ctype="engine_move_params"):
    """Runs copied between two strided layouts; all in bytes."""

    input_offset: Int32
    output_offset: Int32
    run: Int32


@dataclass(frozen=True, kw_only=True)
class PadParams(Struct, ctype="engine_pad_params"):
    """A tensor that is moved into an output filled with the padding."""

    move: MoveParams
    bytes: Int32
    item: Int32
    padding: Int32


@dataclass(frozen=True, kw_only=True)
class ResizeParams(Struct, ctype="engine_resize_params"):
    """Images of another size."""

    out_h: Int16
    out_w: Int16
    in_w: Int16
    channels: Int16


@dataclass(frozen=True, kw_only=True)
class ReduceParams(Struct, ctype="engine_reduce_params"):
    """Means, sums and extremes over some axes."""

    count: Int32
    reduced: Int32
    multiplier: Int32
    offset: Int32
    shift: Int16
    output_offset: Int16
