"""engine_kernels_sparse.h: parameters of kernels that store the non-zero weights only."""

from __future__ import annotations

from dataclasses import dataclass

from harness.codegen.structs.base import Float32, Int16, Int32, Struct, UInt16
from harness.codegen.structs.window import WindowParams


@dataclass(frozen=True, kw_only=True)
class SparseFilters(Struct, ctype="engine_sparse_filters"):
    """Numbers of filters with weights and of segments of their taps."""

    live: UInt16
    segments: UInt16


@dataclass(frozen=True, kw_only=True)
class SparseGrid(Struct, ctype="engine_sparse_grid"):
    """Windows inside the input, `step_y` and `step_x` elements apart."""

    step_y: Int32
    step_x: Int32
    out_h: UInt16
    out_w: UInt16
    out_c: UInt16
    unused: UInt16 = 0


@dataclass(frozen=True, kw_only=True)
class SparseOutputS8(Struct, ctype="engine_sparse_output_s8"):
    """Conversion of sums to int8."""

    rescale_step: UInt16
    clamps: UInt16
    offset: Int16
    activation_min: Int16
    activation_max: Int16


@dataclass(frozen=True, kw_only=True)
class GridParams(Struct):
    """Common head: a grid of windows inside the input."""

    grid: SparseGrid


@dataclass(frozen=True, kw_only=True)
class SparseS8Params(GridParams, ctype="engine_sparse_s8_params"):
    """int8 layers whose windows lie inside the input."""

    filters: SparseFilters
    output: SparseOutputS8
    unused: UInt16 = 0


@dataclass(frozen=True, kw_only=True)
class SparseMaxPoolS8Params(Struct, ctype="engine_sparse_max_pool_s8_params"):
    """An int8 convolution and the max pool of its output."""

    conv: SparseS8Params
    pool_h: UInt16
    pool_w: UInt16


@dataclass(frozen=True, kw_only=True)
class SparsePaddedS8Params(WindowParams, ctype="engine_sparse_padded_s8_params"):
    """int8 layers whose windows reach into the padding."""

    pad_value: Int16
    filters: SparseFilters
    output: SparseOutputS8


@dataclass(frozen=True, kw_only=True)
class SparseF32Params(GridParams, ctype="engine_sparse_f32_params"):
    """float32 layers whose windows lie inside the input."""

    filters: SparseFilters
    activation_min: Float32
    activation_max: Float32


@dataclass(frozen=True, kw_only=True)
class SparseMaxPoolF32Params(Struct, ctype="engine_sparse_max_pool_f32_params"):
    """A float32 convolution and the max pool of its output."""

    conv: SparseF32Params
    pool_h: UInt16
    pool_w: UInt16


@dataclass(frozen=True, kw_only=True)
class SparsePaddedF32Params(WindowParams, ctype="engine_sparse_padded_f32_params"):
    """float32 layers whose windows reach into the padding."""

    filters: SparseFilters
    activation_min: Float32
    activation_max: Float32
