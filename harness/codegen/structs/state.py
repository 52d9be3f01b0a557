"""engine_kernels_state.h: parameters of recurrent kernels, and of L2 normalisation."""

from __future__ import annotations

from dataclasses import dataclass

from harness.codegen.structs.base import Float32, Int16, Int32, Struct, UInt16, UInt32


@dataclass(frozen=True, kw_only=True)
class SvdfParams(Struct):
    """Common head: the sizes of a singular value decomposition filter."""

    inputs: UInt16
    units: UInt16
    rank: UInt16
    memory: UInt16


@dataclass(frozen=True, kw_only=True)
class SvdfS8Params(SvdfParams, ctype="engine_svdf_s8_params"):
    """The int8 kernel."""

    state_multiplier: Int32
    output_multiplier: Int32
    state_shift: Int16
    output_shift: Int16
    input_offset: Int16
    output_offset: Int16
    activation_min: Int16
    activation_max: Int16


@dataclass(frozen=True, kw_only=True)
class SvdfF32Params(SvdfParams, ctype="engine_svdf_f32_params"):
    """The float32 kernel."""

    activation_min: Float32
    activation_max: Float32


@dataclass(frozen=True, kw_only=True)
class LstmParams(Struct):
    """Common head: the sizes of a long short-term memory."""

    steps: UInt16
    inputs: UInt16
    cells: UInt16


@dataclass(frozen=True, kw_only=True)
class LstmS8Params(LstmParams, ctype="engine_lstm_s8_params"):
    """The int8 kernel; the cell state has 16 bits, `cell_bits` of them integer bits."""

    cell_clip: Int16
    cell_bits: Int16
    hidden_offset: Int16


@dataclass(frozen=True, kw_only=True)
class LstmF32Params(LstmParams, ctype="engine_lstm_f32_params"):
    """The float32 kernel."""

    unused: UInt16 = 0
    cell_clip: Float32


@dataclass(frozen=True, kw_only=True)
class L2NormParams(Struct, ctype="engine_l2_norm_params"):
    """Rows divided by their Euclidean length."""

    rows: UInt32
    depth: UInt32
    input_offset: Int32
