"""Memory that a kernel needs while it runs: part of the arena, sized to the layer and the core.

The sizes follow firmware's engine_taps_s8.h and engine_depthwise_3x3_s8.c.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from harness.codegen.calls import Call
from harness.codegen.engine_constants import DEPTHWISE_PLANE, DEPTHWISE_SUMS
from harness.codegen.structs import ConvMaxPoolS8Params, ConvS8Params, FcS8Params, Window
from harness.codegen.window import plane_pitch, stored_taps, whole_groups


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
    match call.kernel, call.params:
        case "engine_conv_s8" | "engine_conv_joined_s8", ConvS8Params(window=window):
            needed = _windows(call, window, taps.pixels, taps)
        case (
            "engine_conv_max_pool_s8" | "engine_conv_joined_max_pool_s8",
            ConvMaxPoolS8Params() as pooled,
        ):
            pixels = pooled.pixels + -pooled.pixels % taps.pixels  # the last window twice
            needed = _windows(call, pooled.conv.window, pixels, taps)
        case "engine_conv_plain_s8", ConvS8Params(window=window):
            needed = window.taps
        case "engine_conv_plain_max_pool_s8", ConvMaxPoolS8Params() as pooled:
            needed = pooled.pixels * pooled.conv.window.taps
        case "engine_fc_s8" | "engine_fc_per_channel_s8", FcS8Params(rows=rows, depth=depth):
            needed = _buffer(whole_groups(depth), min(rows, taps.pixels), taps)
        case "engine_depthwise_3x3_s8", ConvS8Params(window=window):
            needed = 0 if taps is _SMALL else _planes(window)
        case _:
            return call
    return replace(call, scratch_bytes=needed)


def _windows(call: Call, window: Window, pixels: int, taps: _Taps) -> int:
    stored = stored_taps(window)
    joined = stored * pixels if "_joined" in call.kernel else 0
    return joined + _buffer(stored, pixels, taps)


def _buffer(window: int, pixels: int, taps: _Taps) -> int:
    """Of windows that are copied; what does not fit `most` is copied piece by piece."""
    return min(window * pixels, taps.most) * taps.bytes


def _planes(window: Window) -> int:
    """Sums of 4 bytes, one beyond the last, and a plane of 2 bytes an element."""
    elements = ((window.out_h - 1) * window.stride_h + 3) * plane_pitch(window)
    sums = min(window.positions, DEPTHWISE_SUMS) + 1
    return 4 * sums + 2 * min(elements, DEPTHWISE_PLANE)
