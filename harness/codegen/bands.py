"""Layers whose output is only added to another tensor, computed by bands of output rows.

A residual block holds three tensors at its sum: what it started from, the last layer's input and
its output. By bands the last one is never whole: some rows of it are computed, added, and make room
for the next ones. The kernels are those of the two operators, and so is every bit of the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.codegen.calls import ALIAS, Bands, Call, Params
from harness.codegen.cost import GENERIC
from harness.codegen.fuse import alone
from harness.codegen.graph import Graph
from harness.codegen.plan import ALIGNMENT

_SUMS = ("engine_add_s8", "engine_add_f32")
_LAYERS = ("CONV_2D", "DEPTHWISE_CONV_2D")
# A band costs some 300 instructions beside its multiplications, of which the densest kernels do
# about one an instruction: at most 2 % are added.
_MACS_MIN = 1 << 14


def with_bands(graph: Graph, calls: Sequence[Call], core: str) -> tuple[Call, ...]:
    """The calls, scratch included, with every layer by bands that can be; the same if none can.

    AVR's kernels read their parameters from flash, where nobody can narrow them.
    """
    banded = list(calls)
    if core == GENERIC or core.startswith("avr"):
        return tuple(banded)
    for step in range(len(calls) - 1):
        both = _by_bands(graph, calls[step], calls[step + 1], step)
        if both is not None and both.bands is not None:
            banded[step] = both
            banded[step + 1] = Call(
                kernel=ALIAS,
                inputs=(both.output,),
                output=both.output,
                reason=f"computed by op {step}, {both.bands.each} of {both.bands.count} "
                f"{both.bands.unit} at a time: that one's output is never whole",
            )
    return tuple(banded)


def _by_bands(graph: Graph, layer: Call, add: Call, step: int) -> Call | None:
    """One call for operators `step` and `step + 1`, None where they are not layer and sum."""
    is_sum = add.kernel in _SUMS and add.inputs.count(layer.output) == 1
    is_layer = graph.operators[step].kind in _LAYERS and len(layer.inputs) == 1
    if not (is_sum and is_layer and alone(graph, layer, step + 1)):
        return None
    if layer.params is None or add.params is None:
        return None
    geometry = _geometry(layer.params)
    if geometry is None:
        return None
    unit, count, pixels = geometry
    each = _band(count, pixels, layer.macs)
    if each == count:
        return None
    output = graph.tensors[add.output]
    elements = each * output.elements // count
    room = -(-elements * output.bytes // output.elements // ALIGNMENT) * ALIGNMENT
    (other,) = (tensor for tensor in add.inputs if tensor != layer.output)
    return replace(
        layer,
        inputs=(*layer.inputs, other),
        output=add.output,
        in_place=(other,) if other not in layer.inputs else (),
        scratch_bytes=room + (layer.scratch_bytes or 0),
        bands=Bands(
            add=replace(add, params=_counting(add.params, elements)),
            dtype=output.dtype,
            layer_scratch=room if layer.scratch_bytes is not None else None,
            unit=unit,
            count=count,
            each=each,
            elements=elements,
        ),
    )


def _geometry(params: Params) -> tuple[str, int, int] | None:
    """What bands are made of, how many of them the layer has, and the pixels of each."""
    fields = params.fields
    for name in ("window", "grid"):
        grid = fields.get(name)
        if isinstance(grid, dict):
            return "rows", grid["out_h"], grid["out_w"]
    rows = fields.get("rows")
    return ("pixels", rows, 1) if isinstance(rows, int) else None


def _band(count: int, pixels: int, macs: int) -> int:
    """How many of `count` rows: the fewest that leave no rest and are worth a call.

    Kernels take two windows together: bands have an even number of them if the layer has.
    """
    odd = count * pixels % 2
    return next(
        each
        for each in range(1, count + 1)
        if each == count
        or (count % each == 0 and macs * each >= _MACS_MIN * count and each * pixels % 2 <= odd)
    )


def _counting(params: Params, elements: int) -> Params:
    return replace(params, fields={**params.fields, "count": elements})
