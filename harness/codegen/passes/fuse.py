"""Fusion of convolutions with the max pools that follow them, bit-exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.codegen.calls import ALIAS, Call
from harness.codegen.constants import LayerConstants
from harness.codegen.cores import core_named
from harness.codegen.engine_constants import POOL_PIXELS, SPARSE_WINDOWS
from harness.codegen.graph import Graph
from harness.codegen.structs import (
    UINT16_MAX,
    ConvMaxPoolS8Params,
    ConvS8Params,
    PoolS8Params,
    SparseF32Params,
    SparseGrid,
    SparseMaxPoolF32Params,
    SparseMaxPoolS8Params,
    SparseS8Params,
    Struct,
    Window,
    WindowF32Params,
)
from harness.codegen.window import stored_taps

_POOLED_DENSE = {
    "engine_conv_s8": "engine_conv_max_pool_s8",
    "engine_conv_joined_s8": "engine_conv_joined_max_pool_s8",
    "engine_conv_plain_s8": "engine_conv_plain_max_pool_s8",
}
_GRID_MAX = UINT16_MAX - SPARSE_WINDOWS  # 16-bit loop counters reach one pool beyond the end


def fuse(graph: Graph, calls: Sequence[Call], core: str) -> tuple[Call, ...]:
    """Return the calls with convolutions computing the max pools that follow them.

    The convolution's own output then takes no memory. The windows of a dense convolution must
    fit the buffer of `core`.
    """
    fused = list(calls)
    for step in range(len(calls) - 1):
        both = with_pool(graph, calls[step], calls[step + 1], step, core)
        if both is not None:
            fused[step] = both
            fused[step + 1] = Call(
                kernel=ALIAS,
                inputs=(both.output,),
                output=both.output,
                reason=f"computed by op {step}",
            )
    return tuple(fused)


def with_pool(graph: Graph, conv: Call, pool: Call, step: int, core: str) -> Call | None:
    """Return one call for operators `step` and `step + 1`, None where no kernel computes both."""
    if not alone(graph, conv, step + 1) or pool.inputs != (conv.output,):
        return None
    match (conv.kernel, conv.params), (pool.kernel, pool.params):
        case (
            (kernel, ConvS8Params() as inner),
            ("engine_max_pool_s8", PoolS8Params() as outer),
        ) if kernel in _POOLED_DENSE:
            params: Struct | None = _dense(conv, inner, outer, core_named(core).pool_taps)
            fused = _POOLED_DENSE[kernel]
        case (
            ("engine_sparse_s8", SparseS8Params() as inner),
            ("engine_max_pool_s8", PoolS8Params() as outer),
        ):
            params, fused = _sparse(inner, outer), "engine_sparse_max_pool_s8"
        case (
            ("engine_sparse_f32", SparseF32Params() as inner),
            ("engine_max_pool_f32", WindowF32Params() as outer),
        ):
            params, fused = _sparse_float(inner, outer), "engine_sparse_max_pool_f32"
        case _:
            return None
    if params is None:
        return None
    return replace(conv, kernel=fused, output=pool.output, params=params)


def alone(graph: Graph, call: Call, step: int) -> bool:
    """Return True where only operator `step` reads the call's output."""
    readers = [at for at, op in enumerate(graph.operators) if call.output in op.inputs]
    return readers == [step] and call.output not in graph.outputs


def _dense(
    conv: Call, inner: ConvS8Params, outer: PoolS8Params, taps_max: int
) -> ConvMaxPoolS8Params | None:
    size = _pooled_whole(inner.window, outer.window)
    low = max(inner.activation_min, outer.activation_min)
    high = min(inner.activation_max, outer.activation_max)
    if size is None or low > high:
        return None
    pixels = size[0] * size[1]
    pixels += pixels % 2  # the kernel computes the last of an odd number twice
    fits = pixels <= min(POOL_PIXELS, taps_max // stored_taps(inner.window))
    # after a left shift the greatest sum may have overflowed
    if not (fits and _shifts_right(conv)):
        return None
    both = replace(inner, activation_min=low, activation_max=high)
    return ConvMaxPoolS8Params(conv=both, pool_h=size[0], pool_w=size[1])


def _shifts_right(conv: Call) -> bool:
    constants = conv.constants
    shifts = constants.shifts if isinstance(constants, LayerConstants) else None
    return shifts is None or bool((shifts <= 0).all())


def _sparse(inner: SparseS8Params, outer: PoolS8Params) -> SparseMaxPoolS8Params | None:
    size = _pool_of_four(inner.grid, outer.window)
    # stored outputs of filters without weights do not follow a narrower activation
    wider = (
        outer.activation_min <= inner.output.activation_min
        and inner.output.activation_max <= outer.activation_max
    )
    if size is None or not wider:
        return None
    return SparseMaxPoolS8Params(conv=inner, pool_h=size[0], pool_w=size[1])


def _sparse_float(inner: SparseF32Params, outer: WindowF32Params) -> SparseMaxPoolF32Params | None:
    size = _pool_of_four(inner.grid, outer.window)
    wider = (
        outer.activation_min <= inner.activation_min
        and inner.activation_max <= outer.activation_max
    )
    if size is None or not wider:
        return None
    return SparseMaxPoolF32Params(conv=inner, pool_h=size[0], pool_w=size[1])


def _pool_of_four(grid: SparseGrid, pool: Window) -> tuple[int, int] | None:
    size = _pooled_whole(grid, pool)
    fits = max(grid.step_y, grid.step_x, grid.out_h, grid.out_w, grid.out_c) <= _GRID_MAX
    return size if fits and size is not None and size[0] * size[1] == SPARSE_WINDOWS else None


def _pooled_whole(conv: Window | SparseGrid, pool: Window) -> tuple[int, int] | None:
    """Return the pool's size where pools neither overlap nor reach beyond the input, else None."""
    size = (pool.kernel_h, pool.kernel_w)
    apart = size == (pool.stride_h, pool.stride_w)
    inside = (
        (pool.pad_top, pool.pad_left) == (0, 0)
        and pool.out_h == conv.out_h // size[0]
        and pool.out_w == conv.out_w // size[1]
    )
    return size if apart and inside else None
