"""Memory that a kernel needs while it runs: part of the arena, sized to the layer and the core.

The sizes follow firmware's engine_taps_s8.h and engine_depthwise_3x3_s8.c.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from harness.codegen.calls import Call
from harness.codegen.cores import Core, core_named
from harness.codegen.window import stored_taps

_GROUP = 4
# engine_depthwise_3x3_s8: what it takes at a time
_PLANE = 1024
_SUMS = 256


def with_scratch(call: Call, core: str) -> Call:
    """The call with the bytes of scratch memory that its kernel takes on that core."""
    if call.params is None:
        return call
    kind = core_named(core)
    fields = call.params.fields
    match call.kernel:
        case "engine_conv_s8" | "engine_conv_joined_s8":
            needed = _windows(call, _struct(fields["window"]), kind.pixels, kind)
        case "engine_conv_max_pool_s8" | "engine_conv_joined_max_pool_s8":
            pixels = cast(int, fields["pool_h"]) * cast(int, fields["pool_w"])
            pixels += -pixels % kind.pixels  # the last window twice
            conv = cast(Mapping[str, Mapping[str, int]], fields["conv"])
            needed = _windows(call, conv["window"], pixels, kind)
        case "engine_conv_plain_s8":
            needed = _kernel(_struct(fields["window"]))
        case "engine_conv_plain_max_pool_s8":
            conv = cast(Mapping[str, Mapping[str, int]], fields["conv"])
            pool = cast(int, fields["pool_h"]) * cast(int, fields["pool_w"])
            needed = pool * _kernel(conv["window"])
        case "engine_fc_s8" | "engine_fc_per_channel_s8":
            rows, depth = cast(int, fields["rows"]), cast(int, fields["depth"])
            needed = _buffer(-(-depth // _GROUP) * _GROUP, min(rows, kind.pixels), kind)
        case "engine_depthwise_3x3_s8":
            needed = 0 if kind.family == "avr" else _planes(_struct(fields["window"]))
        case _:
            return call
    return replace(call, scratch_bytes=needed)


def _kernel(window: Mapping[str, int]) -> int:
    return window["kernel_h"] * window["kernel_w"] * window["in_c"]


def _windows(call: Call, window: Mapping[str, int], pixels: int, core: Core) -> int:
    stored = stored_taps(window)
    joined = stored * pixels if "_joined" in call.kernel else 0
    return joined + _buffer(stored, pixels, core)


def _buffer(window: int, pixels: int, core: Core) -> int:
    """Bytes of copied windows; those beyond `window_taps` are copied piece by piece."""
    return min(window * pixels, core.window_taps) * core.tap_bytes


def _planes(window: Mapping[str, int]) -> int:
    """Sums of 4 bytes, one beyond the last, and a plane of 2 bytes an element."""
    out_h, out_w, stride_w = window["out_h"], window["out_w"], window["stride_w"]
    pitch = stride_w * (out_w + out_w % 2) + 2
    rows = (out_h - 1) * window["stride_h"] + 3
    return 4 * (min(out_h * out_w, _SUMS) + 1) + 2 * min(rows * pitch, _PLANE)


def _struct(value: object) -> Mapping[str, int]:
    return cast(Mapping[str, int], value)
