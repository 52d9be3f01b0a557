"""Neighbouring operators that one kernel computes, bit-exact with both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from harness.codegen.calls import ALIAS, Call, Params, Value
from harness.codegen.cores import core_named
from harness.codegen.graph import Graph
from harness.codegen.window import stored_taps

_PIXELS_MAX = 4  # ENGINE_POOL_PIXELS
_POOLED_DENSE = {
    "engine_conv_s8": "engine_conv_max_pool_s8",
    "engine_conv_joined_s8": "engine_conv_joined_max_pool_s8",
    "engine_conv_plain_s8": "engine_conv_plain_max_pool_s8",
}
_STRUCTS = dict.fromkeys(_POOLED_DENSE.values(), "engine_conv_max_pool_s8_params")
_GRID_MAX = (1 << 16) - 1 - _PIXELS_MAX  # loop counters of 16 bits go one pool beyond the end


def fuse(graph: Graph, calls: Sequence[Call], core: str) -> tuple[Call, ...]:
    """The calls with convolutions computing the max pools that follow them.

    The convolution's own output then has no memory. The windows of a dense one must fit the
    buffer of `core`.
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
    """One call for operators `step` and `step + 1`, None where no kernel computes both."""
    if not alone(graph, conv, step + 1) or pool.inputs != (conv.output,):
        return None
    if conv.params is None or pool.params is None:
        return None
    if (conv.kernel, pool.kernel) == ("engine_sparse_f32", "engine_max_pool_f32"):
        return _sparse_float(conv, conv.params, pool, pool.params)
    if pool.kernel != "engine_max_pool_s8":
        return None
    if conv.kernel in _POOLED_DENSE:
        return _dense(conv, conv.params, pool, pool.params, core_named(core).pool_taps)
    if conv.kernel == "engine_sparse_s8":
        return _sparse(conv, conv.params, pool, pool.params)
    return None


def alone(graph: Graph, call: Call, step: int) -> bool:
    """Whether operator `step` is the only one to read the call's output."""
    readers = [at for at, op in enumerate(graph.operators) if call.output in op.inputs]
    return readers == [step] and call.output not in graph.outputs


def _dense(conv: Call, params: Params, pool: Call, outer: Params, taps_max: int) -> Call | None:
    window = _within(params, "window")
    size = _pooled_whole(window, _within(outer, "window"))
    low, high = _limits(params.fields, outer.fields)
    if size is None or low > high:
        return None
    pixels = size[0] * size[1]
    pixels += pixels % 2  # of an odd number the kernel takes the last window twice
    fits = pixels <= min(_PIXELS_MAX, taps_max // stored_taps(window))
    # shifted to the left a sum may overflow, and the greatest be the least
    ordered = all((c.values <= 0).all() for c in conv.constants if c.suffix == "shifts")
    if not (fits and ordered):
        return None
    inner = {**params.fields, "activation_min": low, "activation_max": high}
    return _pooled(conv, _POOLED_DENSE[conv.kernel], pool, inner, size)


def _sparse(conv: Call, params: Params, pool: Call, outer: Params) -> Call | None:
    output = _within(params, "output")
    # outputs of filters without weights are stored: a narrower activation would change them
    limits = (output["activation_min"], output["activation_max"])
    size = _pool_of_four(params, outer)
    if size is None or _limits(output, outer.fields) != limits:
        return None
    return _pooled(conv, "engine_sparse_max_pool_s8", pool, params.fields, size)


def _sparse_float(conv: Call, params: Params, pool: Call, outer: Params) -> Call | None:
    size = _pool_of_four(params, outer)
    low, high = (cast(float, params.fields[f"activation_{end}"]) for end in ("min", "max"))
    inside = cast(float, outer.fields["activation_min"]) <= low
    if size is None or not (inside and high <= cast(float, outer.fields["activation_max"])):
        return None
    return _pooled(conv, "engine_sparse_max_pool_f32", pool, params.fields, size)


def _pool_of_four(params: Params, outer: Params) -> tuple[int, int] | None:
    grid = _within(params, "grid")
    size = _pooled_whole(grid, _within(outer, "window"))
    fits = max(grid.values()) <= _GRID_MAX
    return size if fits and size is not None and size[0] * size[1] == _PIXELS_MAX else None


def _pooled(
    conv: Call, kernel: str, pool: Call, inner: Mapping[str, Value], size: tuple[int, int]
) -> Call:
    fields: dict[str, Value] = {
        "conv": cast(Mapping[str, int], inner),
        "pool_h": size[0],
        "pool_w": size[1],
    }
    params = Params(_STRUCTS.get(kernel, f"{kernel}_params"), fields)
    return replace(conv, kernel=kernel, output=pool.output, params=params)


def _pooled_whole(conv: Mapping[str, int], pooled: Mapping[str, int]) -> tuple[int, int] | None:
    """The pool's size where pools neither overlap nor reach beyond the convolution's output."""
    size = (pooled["kernel_h"], pooled["kernel_w"])
    apart = size == (pooled["stride_h"], pooled["stride_w"])
    inside = (
        (pooled["pad_top"], pooled["pad_left"]) == (0, 0)
        and pooled["out_h"] == conv["out_h"] // size[0]
        and pooled["out_w"] == conv["out_w"] // size[1]
    )
    return size if apart and inside else None


def _limits(inner: Mapping[str, Value], outer: Mapping[str, Value]) -> tuple[int, int]:
    """The range that both activations leave."""
    return (
        max(_number(inner["activation_min"]), _number(outer["activation_min"])),
        min(_number(inner["activation_max"]), _number(outer["activation_max"])),
    )


def _within(params: Params, field: str) -> Mapping[str, int]:
    return cast(Mapping[str, int], params.fields[field])


def _number(value: Value) -> int:
    return cast(int, value)
