"""Neighbouring operators that one kernel computes, bit-exact with both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from harness.codegen.calls import ALIAS, Call, Params, Value
from harness.codegen.graph import Graph

# ENGINE_POOL_PIXELS and, by core, ENGINE_POOL_TAPS in engine_kernels_s8.h
_PIXELS_MAX = 4
_TAPS_MAX = 1280
_TAPS_MAX_SMALL = 128
_LARGE_CORES = ("cortex-", "rv32")


def fuse(graph: Graph, calls: Sequence[Call], core: str) -> tuple[Call, ...]:
    """The calls with convolutions computing the max pools that follow them.

    The convolution's own output then has no memory. Its window must fit the small buffer of AVR
    unless `core` is another.
    """
    taps_max = _TAPS_MAX if core.startswith(_LARGE_CORES) else _TAPS_MAX_SMALL
    fused = list(calls)
    for step in range(1, len(calls)):
        conv, pool = fused[step - 1 : step + 1]
        if _alone(graph, conv, step) and (both := _conv_max_pool(conv, pool, taps_max)):
            fused[step - 1] = both
            fused[step] = Call(
                kernel=ALIAS,
                inputs=(both.output,),
                output=both.output,
                reason=f"computed by op {step - 1}",
            )
    return tuple(fused)


def _alone(graph: Graph, call: Call, step: int) -> bool:
    """Whether operator `step` is the only one to read the call's output."""
    readers = [op.index for op in graph.operators if call.output in op.inputs]
    return readers == [step] and call.output not in graph.outputs


def _conv_max_pool(conv: Call, pool: Call, taps_max: int) -> Call | None:
    if (conv.kernel, pool.kernel) != ("engine_conv_s8", "engine_max_pool_s8"):
        return None
    if conv.params is None or pool.params is None or pool.inputs != (conv.output,):
        return None
    outer, inner = pool.params.fields, conv.params.fields
    window, pooled = _window(conv.params), _window(pool.params)
    size = (pooled["kernel_h"], pooled["kernel_w"])
    low = max(_number(inner["activation_min"]), _number(outer["activation_min"]))
    high = min(_number(inner["activation_max"]), _number(outer["activation_max"]))
    fits = size[0] * size[1] <= min(_PIXELS_MAX, taps_max // _stored_taps(window))
    apart = size == (pooled["stride_h"], pooled["stride_w"])
    inside = (
        (pooled["pad_top"], pooled["pad_left"]) == (0, 0)
        and pooled["out_h"] == window["out_h"] // size[0]
        and pooled["out_w"] == window["out_w"] // size[1]
    )
    # shifted to the left a sum may overflow, and the greatest be the least
    ordered = all((c.values <= 0).all() for c in conv.constants if c.suffix == "shifts")
    if not (fits and apart and inside and ordered and low <= high):
        return None
    limits: dict[str, Value] = {"activation_min": low, "activation_max": high}
    fields: dict[str, Value] = {
        "conv": cast(Mapping[str, int], {**inner, **limits}),
        "pool_h": size[0],
        "pool_w": size[1],
    }
    return replace(
        conv,
        kernel="engine_conv_max_pool_s8",
        output=pool.output,
        params=Params("engine_conv_max_pool_s8_params", fields),
    )


def _stored_taps(window: Mapping[str, int]) -> int:
    """Taps of a window, its runs filled up to groups of four (see engine_kernels_s8.h)."""
    if window["dilation_w"] == 1:
        return window["kernel_h"] * (-(-window["kernel_w"] * window["in_c"] // 4) * 4)
    return window["kernel_h"] * window["kernel_w"] * (-(-window["in_c"] // 4) * 4)


def _window(params: Params) -> Mapping[str, int]:
    return cast(Mapping[str, int], params.fields["window"])


def _number(value: Value) -> int:
    return cast(int, value)
