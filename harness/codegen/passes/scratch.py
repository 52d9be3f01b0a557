"""Scratch memory of kernels: a part of the arena, sized to the layer and the core.

The sizes follow engine_taps_s8.h and engine_depthwise_3x3_s8.c of the firmware.
"""

from __future__ import annotations

from dataclasses import replace

from harness.codegen.calls import Call
from harness.codegen.cores import Core, core_named
from harness.codegen.engine_constants import DEPTHWISE_PLANE, DEPTHWISE_SUMS
from harness.codegen.structs import ConvMaxPoolS8Params, ConvS8Params, FcS8Params, Window
from harness.codegen.window import plane_pitch, stored_taps, whole_groups


def with_scratch(call: Call, core: str) -> Call:
    """Return the call with the bytes of scratch memory that its kernel needs on that core."""
    if call.params is None:
        return call
    kind = core_named(core)
    match call.kernel, call.params:
        case "engine_conv_s8" | "engine_conv_joined_s8", ConvS8Params(window=window):
            needed = _windows(call, window, kind.pixels, kind)
        case (
            "engine_conv_max_pool_s8" | "engine_conv_joined_max_pool_s8",
            ConvMaxPoolS8Params() as pooled,
        ):
            pixels = (
                pooled.pixels + -pooled.pixels % kind.pixels
            )  # the last of an odd number runs twice
            needed = _windows(call, pooled.conv.window, pixels, kind)
        case "engine_conv_plain_s8", ConvS8Params(window=window):
            needed = window.taps * min(kind.plain_windows, window.positions)
        case "engine_conv_plain_max_pool_s8", ConvMaxPoolS8Params() as pooled:
            needed = pooled.pixels * pooled.conv.window.taps
        case "engine_fc_s8" | "engine_fc_per_channel_s8", FcS8Params(rows=rows, depth=depth):
            needed = _buffer(whole_groups(depth), min(rows, kind.pixels), kind)
        case "engine_depthwise_3x3_s8", ConvS8Params(window=window):
            needed = 0 if kind.family == "avr" else _planes(window)
        case _:
            return call
    return replace(call, scratch_bytes=needed)


def _windows(call: Call, window: Window, pixels: int, core: Core) -> int:
    stored = stored_taps(window)
    joined = stored * pixels if "_joined" in call.kernel else 0
    return joined + _buffer(stored, pixels, core)


def _buffer(window: int, pixels: int, core: Core) -> int:
    """Return the bytes of copied windows; larger windows are copied `window_taps` at a time."""
    return min(window * pixels, core.window_taps) * core.tap_bytes


def _planes(window: Window) -> int:
    """Return the bytes of sums (4 each, one extra) and of a plane (2 for each element)."""
    elements = ((window.out_h - 1) * window.stride_h + 3) * plane_pitch(window)
    sums = min(window.positions, DEPTHWISE_SUMS) + 1
    return 4 * sums + 2 * min(elements, DEPTHWISE_PLANE)
