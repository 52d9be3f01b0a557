"""engine_kernels_hybrid.h: parameters of kernels with rows quantised at run time."""

from __future__ import annotations

from dataclasses import dataclass

from harness.codegen.structs.base import Float32, Struct, UInt16, UInt32
from harness.codegen.structs.int8 import FullyConnectedParams
from harness.codegen.structs.window import WindowParams


@dataclass(frozen=True, kw_only=True)
class RowsParams(Struct, ctype="engine_rows_params"):
    """Quantisation of rows."""

    depth: UInt32
    rows: UInt16
    asymmetric: UInt16


@dataclass(frozen=True, kw_only=True)
class ConvHybridParams(WindowParams, ctype="engine_conv_hybrid_params"):
    """Convolutions, including depthwise ones."""

    per_channel: UInt16
    unused: UInt16 = 0
    activation_min: Float32
    activation_max: Float32


@dataclass(frozen=True, kw_only=True)
class FcHybridParams(FullyConnectedParams, ctype="engine_fc_hybrid_params"):
    """Fully connected layers."""

    per_channel: UInt16
    activation_min: Float32
    activation_max: Float32
