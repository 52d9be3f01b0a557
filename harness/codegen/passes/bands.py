"""Layers that are computed by bands of rows, together with the operator that reads them.

Their output is never whole in memory. At the sum of a residual block three tensors are alive: the
block's input, the last layer's input and its output. With bands the last layer computes a few rows,
adds them, and reuses their memory for the next rows. Of two layers in a row, only those rows of the
first one's output are kept that a band of the second one reads; rows that the next band reads, too,
move up, so that none is computed twice. The kernels are those of the operators, and results are
bit-exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.codegen.calls import ALIAS, Bands, Call, Rolling
from harness.codegen.cores import core_named
from harness.codegen.graph import Graph
from harness.codegen.passes.fuse import alone
from harness.codegen.passes.memory import ALIGNMENT, live_bytes, plan_memory
from harness.codegen.structs import (
    AddF32Params,
    AddS8Params,
    ConvHybridParams,
    FullyConnectedParams,
    GridParams,
    Struct,
    WindowParams,
)

_LAYERS = ("CONV_2D", "DEPTHWISE_CONV_2D")
_READERS = (*_LAYERS, "MAX_POOL_2D", "AVERAGE_POOL_2D")
# A band costs some 300 instructions of overhead; the densest kernels take one instruction for
# each multiplication. Bands of this many multiplications cost at most 2 % more.
_MACS_MIN = 1 << 14
_WORTH_IT = 1.01  # least ratio by which a pair must shrink the arena

_Pair = tuple[Call, Call]


def with_bands(graph: Graph, calls: Sequence[Call], core: str) -> tuple[Call, ...]:
    """Return the calls, with scratch memory, by bands where that makes the arena smaller.

    AVR's kernels read their parameters from flash, where generated code cannot narrow them.
    """
    if core_named(core).flash_params:
        return tuple(calls)
    found = {step: _pair(graph, calls, step) for step in range(len(calls) - 1)}
    pairs = {step: pair for step, pair in found.items() if pair is not None}
    chosen: dict[int, _Pair] = {}
    best = live_bytes(graph, calls)
    while True:
        free = [s for s in pairs if not {s - 1, s, s + 1} & chosen.keys()]
        tried = {s: live_bytes(graph, _put(calls, {**chosen, s: pairs[s]})) for s in free}
        step = min(tried, key=lambda s: tried[s], default=None)
        if step is None or _peak(tried[step]) >= _peak(best):
            break
        chosen[step], best = pairs[step], tried[step]
    return _needed(graph, calls, chosen)


def _peak(live: list[int]) -> tuple[int, int]:
    """Peak bytes and how many steps reach them; pairs that lower neither are rejected."""
    return live[0], live.count(live[0])


def _needed(graph: Graph, calls: Sequence[Call], chosen: dict[int, _Pair]) -> tuple[Call, ...]:
    """Return the calls with the chosen pairs, except those that save less than 1 % of the arena."""

    def arena(pairs: dict[int, _Pair]) -> int:
        return plan_memory(graph, _put(calls, pairs)).arena_bytes

    least = arena(chosen)
    if arena({}) <= least * _WORTH_IT:
        return tuple(calls)
    for step in reversed(list(chosen)):  # the least helpful first
        fewer = {s: pair for s, pair in chosen.items() if s != step}
        if arena(fewer) <= least * _WORTH_IT:
            chosen = fewer
    return _put(calls, chosen)


def _put(calls: Sequence[Call], pairs: dict[int, _Pair]) -> tuple[Call, ...]:
    placed = list(calls)
    for step, pair in pairs.items():
        placed[step : step + 2] = pair
    return tuple(placed)


def _pair(graph: Graph, calls: Sequence[Call], step: int) -> _Pair | None:
    """Return replacements of calls `step` and `step + 1`, None where they cannot run by bands."""
    layer, after = calls[step], calls[step + 1]
    is_layer = graph.operators[step].kind in _LAYERS and len(layer.inputs) == 1
    if not (is_layer and alone(graph, layer, step + 1)):
        return None
    if isinstance(after.params, AddS8Params | AddF32Params):
        both = _summed(graph, layer, after, after.params)
    elif graph.operators[step + 1].kind in _READERS and after.inputs == (layer.output,):
        both = _rolled(graph, layer, after)
    else:
        return None
    found = both and (both.bands or both.rolling)
    if not (both and found):
        return None
    choice = (
        f"computed with op {step}, {found.each} of {found.count} {found.unit} at a time: "
        f"the output of op {step} is never whole"
    )
    alias = Call(
        kernel=ALIAS,
        inputs=(both.output,),
        output=both.output,
        reason="; ".join(filter(None, [choice, after.reason])),
    )
    return both, alias


def _summed(
    graph: Graph, layer: Call, add: Call, params: AddS8Params | AddF32Params
) -> Call | None:
    """Return a layer by bands and the sum of its output and another tensor."""
    geometry = _geometry(layer.params)
    if geometry is None or add.inputs.count(layer.output) != 1:
        return None
    unit, count, pixels = geometry
    each = _band(count, pixels, layer.macs)
    if each == count:
        return None
    output = graph.tensors[add.output]
    elements = each * output.elements // count
    room = _aligned(elements * output.bytes // output.elements)
    (other,) = (tensor for tensor in add.inputs if tensor != layer.output)
    return replace(
        layer,
        inputs=(*layer.inputs, other),
        output=add.output,
        in_place=(other,) if other not in layer.inputs else (),
        scratch_bytes=room + (layer.scratch_bytes or 0),
        bands=Bands(
            layer=layer,
            add=replace(add, params=replace(params, count=elements)),
            dtype=output.dtype,
            kernel_scratch=room,
            unit=unit,
            count=count,
            each=each,
            elements=elements,
        ),
    )


def _rolled(graph: Graph, layer: Call, reader: Call) -> Call | None:
    """Return two layers by bands; the windows of the second read one or more rows of the first."""
    middle, output = graph.tensors[layer.output], graph.tensors[reader.output]
    shapes = (middle.shape, output.shape)
    if any(len(shape) != 4 for shape in shapes) or _geometry(layer.params) is None:
        return None
    (_, height, width, _), count = middle.shape, output.shape[1]
    match reader.params:
        case WindowParams(window=window):
            step, reach = window.stride_h, (window.kernel_h - 1) * window.dilation_h
        case FullyConnectedParams():
            step, reach = 1, 0
        case _:
            return None
    macs = layer.macs + reader.macs
    each = next(
        each
        for each in range(1, count + 1)
        if each == count or (macs * each >= _MACS_MIN * count and (each > 1 or reach < step))
    )
    held = min(height, (each - 1) * step + reach + 1)
    if held == height:
        return None
    room = _aligned(held * middle.bytes // height)
    return replace(
        layer,
        output=reader.output,
        scratch_bytes=room + max(layer.scratch_bytes or 0, reader.scratch_bytes or 0),
        macs=macs,
        nonzero_macs=layer.nonzero_macs + reader.nonzero_macs,
        time=layer.time + reader.time if layer.time and reader.time else None,
        rolling=Rolling(
            layer=layer,
            reader=reader,
            dtype=middle.dtype,
            kernel_scratch=room,
            unit="rows",
            count=count,
            each=each,
            width=width,
            row_elements=middle.elements // height,
            out_elements=output.elements // count,
        ),
    )


def _geometry(params: Struct | None) -> tuple[str, int, int] | None:
    """Return the unit of bands, the layer's units and their pixels; None without bands."""
    match params:
        case ConvHybridParams(window=window) if window.in_w * window.in_c % 4:
            return None  # a band that begins inside a word could not find the row's scale
        case WindowParams(window=window):
            return "rows", window.out_h, window.out_w
        case GridParams(grid=grid):
            return "rows", grid.out_h, grid.out_w
        case FullyConnectedParams(rows=rows):
            return "pixels", rows, 1
    return None


def _band(count: int, pixels: int, macs: int) -> int:
    """Return the rows of a band: the fewest that divide `count` and are worth a kernel call.

    Kernels compute two windows together, so a band has an even number of them if the layer has.
    """
    odd = count * pixels % 2
    return next(
        each
        for each in range(1, count + 1)
        if each == count
        or (count % each == 0 and macs * each >= _MACS_MIN * count and each * pixels % 2 <= odd)
    )


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
