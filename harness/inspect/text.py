"""Terminal output of `harness inspect`."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from harness.inspect.inspection import Inspection, Layer, letters, timeline

CHART_COLUMNS = 64
NAME_MAX = 40


def render(found: Inspection) -> Iterator[RenderableType]:
    """Return tables of totals, layers, kernel choices and the arena."""
    yield Text(
        f"{found.model} for {found.core}: {found.file_bytes:,} B file, "
        f"{found.const_bytes:,} B of weights and tables, {found.arena_bytes:,} B arena, "
        f"{found.macs:,} MACs, {found.nonzero_macs:,} with weights that are not zero"
    )
    yield _layers(found)
    reasons = [layer for layer in found.layers if layer.reason]
    if reasons:
        yield Text("\nwhy these kernels:")
        for layer in reasons:
            yield Text(f"  {layer.index} {layer.kind}: {layer.reason}")
    peak = found.layers[found.peak.layer]
    yield Text(
        f"\narena of {found.arena_bytes:,} B; most is in use, {found.peak.live_bytes:,} B, "
        f"while layer {peak.index} {peak.kind} runs:"
    )
    yield _chart(found)
    yield _tensors(found)


def _layers(found: Inspection) -> Table:
    table = Table("", "layer", "shapes", "type", box=None)
    for name in ("MACs", "non-zero"):
        table.add_column(name, justify="right")
    table.add_column("kernel")
    for name in ("modelled", "weights"):
        table.add_column(name, justify="right")
    for layer in found.layers:
        sources = " + ".join(map(_shape, layer.input_shapes))
        table.add_row(
            str(layer.index),
            layer.kind,
            f"{sources} > {_shape(layer.output_shape)}",
            layer.dtype,
            f"{layer.macs:,}" if layer.macs else "",
            f"{layer.nonzero_macs:,}" if layer.macs else "",
            layer.kernel.replace("engine_", ""),
            _time(layer),
            f"{layer.const_bytes:,} B" if layer.const_bytes else "",
        )
    return table


def _time(layer: Layer) -> str:
    return "" if layer.time is None else f"{layer.time:,.0f} {layer.time_unit}"


def _chart(found: Inspection) -> Table:
    table = Table("", "layer", box=None)
    last = f"{found.arena_bytes:,}"
    table.add_column(f"0{last:>{CHART_COLUMNS - 1}}", no_wrap=True)
    table.add_column("live", justify="right")
    rows = zip(found.layers, found.steps, timeline(found, CHART_COLUMNS), strict=True)
    for layer, step, row in rows:
        mark = " <" if step == found.peak else "  "
        table.add_row(str(layer.index), layer.kind, row, f"{step.live_bytes:,}{mark}")
    return table


def _tensors(found: Inspection) -> Table:
    table = Table("", "tensor", "shape", "type", box=None)
    for name in ("bytes", "offset", "layers"):
        table.add_column(name, justify="right")
    for letter, life in zip(letters(len(found.tensors)), found.tensors, strict=True):
        first = "input" if life.first < 0 else str(life.first)
        last = "output" if life.last == len(found.layers) else str(life.last)
        table.add_row(
            letter,
            Text(life.name[:NAME_MAX]),
            _shape(life.shape),
            life.dtype,
            f"{life.bytes:,}",
            f"{life.offset:,}",
            f"{first} to {last}",
        )
    return table


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
