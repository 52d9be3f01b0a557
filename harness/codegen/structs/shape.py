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
class GatherParams(Struct, ctype="engine_gather_params"):
    """Slices of `bytes` bytes, picked by indexes from `size` ones, for each of `outer` blocks."""

    outer: Int32
    count: Int32
    size: Int32
    bytes: Int32


@dataclass(frozen=True, kw_only=True)
class AxisParams(Struct, ctype="engine_axis_params"):
    """An axis of `size` elements between `outer` and `inner` ones; flags by kernel."""

    outer: Int32
    size: Int32
    inner: Int32
    reverse: Int16
    exclusive: Int16


@dataclass(frozen=True, kw_only=True)
class MatmulParams(Struct, ctype="engine_matmul_params"):
    """Products of matrices; steps in elements."""

    rows: Int32
    columns: Int32
    depth: Int32
    row1: Int32
    step1: Int32
    column2: Int32
    step2: Int32


@dataclass(frozen=True, kw_only=True)
class MatmulS8Params(Struct, ctype="engine_matmul_s8_params"):
    """The same in int8."""

    matmul: MatmulParams
    multiplier: Int32
    shift: Int16
    offset1: Int16
    offset2: Int16
    output_offset: Int16


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
