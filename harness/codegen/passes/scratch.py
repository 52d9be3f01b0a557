"""Memory that a kernel needs while it runs: part of the arena, sized to the layer and the core.

The sizes follow firmware's engine_taps_s8.h and engine_depthwise_3x3_s8.c.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from harness.codegen.calls import Call
from harness.codegen.window import stored_taps

_GROUP = 4
# engine_depthwise_3x3_s8: what it takes at a time
_PLANE = 1024
_SUMS = 256


@dataclass(frozen=True)
class _Taps:
    """ENGINE_WINDOW_TAPS, ENGINE_PIXELS and the size of an engine_tap in bytes."""

    most: int
    pixels: int
    bytes: int


_SMALL = _Taps(most=128, pixels=1, bytes=1)
_PAIRS = _Taps(most=1280, pixels=2, bytes=2)
_BYTES = _Taps(most=1280, pixels=2, bytes=1)
# By the beginning of a core's name. Of Cortex-M those without DSP need less than the others; any
# core may run the code for a core that is not known.
_CORES: Mapping[str, _Taps] = {
    "avr": _SMALL,
    "cortex-m0": _BYTES,
    "cortex-m3": _BYTES,
    "rv32": _BYTES,
    "xtensa": _BYTES,
    "": _PAIRS,
}


def with_scratch(call: Call, core: str) -> Call:
    """The call with the bytes of scratch memory that its kernel takes on that core."""
    if call.params is None:
        return call
    taps = next(each for prefix, each in _CORES.items() if core.startswith(prefix))
    fields = call.params.fields
    match call.kernel:
        case "engine_conv_s8" | "engine_conv_joined_s8":
            needed = _windows(call, _struct(fields["window"]), taps.pixels, taps)
        case "engine_conv_max_pool_s8" | "engine_conv_joined_max_pool_s8":
            pixels = cast(int, fields["pool_h"]) * cast(int, fields["pool_w"])
            pixels += -pixels % taps.pixels  # the last window twice
            conv = cast(Mapping[str, Mapping[str, int]], fields["conv"])
            needed = _windows(call, conv["window"], pixels, taps)
        case "engine_conv_plain_s8":
            needed = _kernel(_struct(fields["window"]))
        case "engine_conv_plain_max_pool_s8":
            conv = cast(Mapping[str, Mapping[str, int]], fields["conv"])
            pool = cast(int, fields["pool_h"]) * cast(int, fields["pool_w"])
            needed = pool * _kernel(conv["window"])
        case "engine_fc_s8" | "engine_fc_per_channel_s8":
            rows, depth = cast(int, fields["rows"]), cast(int, fields["depth"])
            needed = _buffer(-(-depth // _GROUP) * _GROUP, min(rows, taps.pixels), taps)
        case "engine_depthwise_3x3_s8":
            needed = 0 if taps is _SMALL else _planes(_struct(fields["window"]))
        case _:
            return call
    return replace(call, scratch_bytes=needed)


def _kernel(window: Mapping[str, int]) -> int:
    return window["kernel_h"] * window["kernel_w"] * window["in_c"]


def _windows(call: Call, window: Mapping[str, int], pixels: int, taps: _Taps) -> int:
    stored = stored_taps(window)
    joined = stored * pixels if "_joined" in call.kernel else 0
    return joined + _buffer(stored, pixels, taps)


def _buffer(window: int, pixels: int, taps: _Taps) -> int:
    """Of windows that are copied; what does not fit `most` is copied piece by piece."""
    return min(window * pixels, taps.most) * taps.bytes


def _planes(window: Mapping[str, int]) -> int:
    """Sums of 4 bytes, one beyond the last, and a plane of 2 bytes an element."""
    out_h, out_w, stride_w = window["out_h"], window["out_w"], window["stride_w"]
    pitch = stride_w * (out_w + out_w % 2) + 2
    rows = (out_h - 1) * window["stride_h"] + 3
    return 4 * (min(out_h * out_w, _SUMS) + 1) + 2 * min(rows * pitch, _PLANE)


def _struct(value: object) -> Mapping[str, int]:
    return cast(Mapping[str, int], value)
