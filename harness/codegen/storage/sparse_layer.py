"""Calls of the sparse kernels for convolutions and fully connected layers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from harness.codegen.calls import Call
from harness.codegen.constants import (
    Constants,
    SparseBlocksConstants,
    SparseF32Constants,
    SparseS8Constants,
)
from harness.codegen.cost import Work
from harness.codegen.engine_constants import SPARSE_TAPS
from harness.codegen.fixed_point import activation_range, float_limits
from harness.codegen.graph import Array
from harness.codegen.operands import Operands, data_of, per_tensor
from harness.codegen.options import ConvOptions, FusedOptions
from harness.codegen.storage.constant_outputs import constant_outputs, rescaling
from harness.codegen.storage.sparse import SparseWeights, Taps, encode, linear_taps, window_taps
from harness.codegen.storage.sparse_blocks import encode_blocks
from harness.codegen.structs import (
    UINT16_MAX,
    SparseF32Params,
    SparseFilters,
    SparseGrid,
    SparseOutputS8,
    SparsePaddedF32Params,
    SparsePaddedS8Params,
    SparseS8Params,
    Struct,
    Window,
)
from harness.codegen.window import stored_taps, whole_groups, window_of

_NOTHING = np.zeros(SPARSE_TAPS, np.int8)


@dataclass(frozen=True, eq=False)
class _Layer:
    """Weights (filters, taps); `window` is None for a fully connected layer of `rows` rows."""

    weights: Array
    bias: Array
    taps: Taps
    window: Window | None
    rows: int

    @property
    def padded_window(self) -> Window | None:
        return self.window if self.window is not None and self.window.padded else None

    @property
    def padded(self) -> bool:
        return self.padded_window is not None

    def grid(self) -> SparseGrid:
        """Windows of a layer without padding."""
        filters, depth = self.weights.shape
        if self.window is None:
            return SparseGrid(step_y=0, step_x=depth, out_h=1, out_w=self.rows, out_c=filters)
        w = self.window
        return SparseGrid(
            step_y=w.stride_h * w.in_w * w.in_c,
            step_x=w.stride_w * w.in_c,
            out_h=w.out_h,
            out_w=w.out_w,
            out_c=w.out_c,
        )

    def work(self, stored: SparseWeights) -> Work:
        w = self.window
        windows = self.rows if w is None else w.positions
        inside = windows if w is None else _inside(w)
        depth = self.weights.shape[1]
        filled = whole_groups(depth) if w is None else stored_taps(w)
        return Work(
            windows=inside,
            border=windows - inside,
            runs=1 if w is None else w.kernel_h * (1 if w.dilation_w == 1 else w.kernel_w),
            taps=depth,
            stored=filled,
            live=len(stored.live),
            constant=len(self.weights) - len(stored.live),
            segments=len(stored.segments),
            nonzero=int(np.count_nonzero(self.weights)),
        )


def sparse_candidate(op: Operands, dense: Call) -> tuple[Call, Work] | None:
    """Return the sparse variant of a checked dense call, and the work of either.

    None where the layer's sizes exceed the sparse kernels' parameters.
    """
    is_float = op.activation(0).dtype == "float32"
    layer = _layer(op, "float32" if is_float else "int32")
    return _float(op, dense, layer) if is_float else _quantised(op, dense, layer)


def _layer(op: Operands, bias_dtype: str) -> _Layer:
    source, tensor = op.activation(0), op.constant(1)
    weights = data_of(tensor)
    filters = tensor.shape[0]
    flat = weights.reshape(filters, -1)
    bias = op.bias(2, bias_dtype, filters)
    if op.operator.kind == "FULLY_CONNECTED":
        depth = flat.shape[1]
        return _Layer(flat, bias, linear_taps(depth), None, source.elements // depth)
    kernel = (tensor.shape[1], tensor.shape[2])
    window = window_of(source, op.output, op.options(ConvOptions), kernel, filters)
    return _Layer(flat, bias, window_taps(window), window, 0)


def _quantised(op: Operands, dense: Call, layer: _Layer) -> tuple[Call, Work] | None:
    in_zero = per_tensor(op.activation(0))[1]
    out_scale, out_zero = per_tensor(op.output)
    sums = layer.weights.astype(np.int64).sum(axis=1)
    bias = layer.bias.astype(np.int64) - in_zero * sums
    reach = np.abs(bias) + 128 * np.abs(layer.weights.astype(np.int64)).sum(axis=1)
    rescale = rescaling(op)
    per_filter = len(rescale) > 1
    low, high = activation_range(op.options(FusedOptions).activation, out_scale, out_zero)
    outputs = constant_outputs(op, bias)
    stored = encode(layer.weights, layer.taps, outputs, by_row=layer.padded)
    live = list(stored.live)
    if per_filter:
        rescale = rescale[live]
    small = rescale[:, 1].max(initial=-1) >= 0 or rescale[:, 0].min(initial=1 << 30) < 1 << 30
    if live and (reach[live].max() >= 1 << 30 or small):
        return None
    filters = _counts(stored)
    output = SparseOutputS8(
        rescale_step=int(per_filter),
        clamps=int((low, high) != (-128, 127)),
        offset=2 * out_zero + 1,
        activation_min=low,
        activation_max=high,
    )
    constants = SparseS8Constants(
        heads=stored.heads,
        taps=_some(stored.taps),
        offsets=stored.offsets,
        places=stored.places if layer.padded else None,
        bias=_some(bias[live].astype(np.int32)),
        multipliers=_some(rescale[:, 0].astype(np.int32)),
        shifts=_some((-rescale[:, 1] - 1).astype(np.int8)),
    )
    if (window := layer.padded_window) is not None:
        padded = SparsePaddedS8Params(
            window=window, pad_value=in_zero, filters=filters, output=output
        )
        return _call(dense, "engine_sparse_padded_s8", layer, stored, padded, constants)
    params = SparseS8Params(grid=layer.grid(), filters=filters, output=output)
    return _call(dense, "engine_sparse_s8", layer, stored, params, constants)


def blocks_candidate(op: Operands, sparse: Call, work: Work) -> tuple[Call, Work] | None:
    """Return the variant by blocks of an int8 call of engine_sparse_s8, and its work."""
    params, constants = sparse.params, sparse.constants
    if not (isinstance(params, SparseS8Params) and isinstance(constants, SparseS8Constants)):
        return None
    layer = _layer(op, "int32")
    sums = layer.weights.astype(np.int64).sum(axis=1)
    bias = layer.bias.astype(np.int64) - per_tensor(op.activation(0))[1] * sums
    stored = encode_blocks(layer.weights, layer.taps, constant_outputs(op, bias))
    if stored is None or len(stored.live) != work.live or len(stored.offsets) > UINT16_MAX:
        return None
    call = replace(
        sparse,
        kernel="engine_sparse_blocks_s8",
        params=replace(params, filters=SparseFilters(live=work.live, segments=len(stored.offsets))),
        constants=SparseBlocksConstants(
            heads=stored.heads,
            places=_some(stored.places),
            weights=stored.weights.reshape(-1) if stored.live else _NOTHING,
            offsets=stored.offsets,
            bias=constants.bias,
            multipliers=constants.multipliers,
            shifts=constants.shifts,
        ),
    )
    return call, replace(work, segments=len(stored.offsets), blocks=len(stored.weights))


def _float(op: Operands, dense: Call, layer: _Layer) -> tuple[Call, Work] | None:
    low, high = float_limits(op.options(FusedOptions).activation)
    outputs = np.clip(layer.bias, np.float32(low), np.float32(high))
    stored = encode(layer.weights, layer.taps, outputs, by_row=layer.padded)
    filters = _counts(stored)
    constants = SparseF32Constants(
        heads=stored.heads,
        taps=_some(stored.taps),
        offsets=stored.offsets,
        places=stored.places if layer.padded else None,
        weights=_some(stored.values),
        bias=_some(layer.bias[list(stored.live)]),
    )
    if (window := layer.padded_window) is not None:
        padded = SparsePaddedF32Params(
            window=window, filters=filters, activation_min=low, activation_max=high
        )
        return _call(dense, "engine_sparse_padded_f32", layer, stored, padded, constants)
    params = SparseF32Params(
        grid=layer.grid(), filters=filters, activation_min=low, activation_max=high
    )
    return _call(dense, "engine_sparse_f32", layer, stored, params, constants)


def _call(
    dense: Call,
    kernel: str,
    layer: _Layer,
    stored: SparseWeights,
    params: Struct,
    constants: Constants,
) -> tuple[Call, Work] | None:
    if len(stored.segments) > UINT16_MAX:
        return None
    call = replace(dense, kernel=kernel, params=params, constants=constants)
    return call, layer.work(stored)


def _counts(stored: SparseWeights) -> SparseFilters:
    return SparseFilters(live=len(stored.live), segments=len(stored.segments))


def _inside(w: Window) -> int:
    """Return the number of window positions that do not reach into the padding."""

    def along(outputs: int, stride: int, before: int, kernel: int, dilation: int, size: int) -> int:
        starts = np.arange(outputs) * stride - before
        return int(((starts >= 0) & (starts + (kernel - 1) * dilation < size)).sum())

    return along(w.out_h, w.stride_h, w.pad_top, w.kernel_h, w.dilation_h, w.in_h) * along(
        w.out_w, w.stride_w, w.pad_left, w.kernel_w, w.dilation_w, w.in_w
    )


def _some(values: Array) -> Array:
    """Return the array, or one unused element where it is empty: C has no empty arrays."""
    return values if len(values) else np.zeros(1, values.dtype)
