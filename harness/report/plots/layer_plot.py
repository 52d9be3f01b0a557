"""The profile plot: each layer's latency beside its MACs, of the original and the choice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from harness.report.plots.axes import short, slug
from harness.report.plots.figure import COLOURS, INK, Plot, new_figure, save
from harness.report.verdict import Verdict
from harness.results.data import CellData, RunData
from harness.results.wording import percent, unit


@dataclass(frozen=True)
class TimedLayer:
    """A layer with its time on the device; `count` in the target's latency unit."""

    name: str
    count: float
    macs: int
    nonzero_macs: int


def timed_layers(cell: CellData) -> list[TimedLayer]:
    """The layers of a cell that were timed, in the order they run."""
    return [
        TimedLayer(layer.name, layer.count, layer.macs or 0, layer.nonzero_macs or 0)
        for layer in cell.record.facts.layers
        if layer.count is not None
    ]


def zeros(macs: int, nonzero_macs: int) -> float | None:
    """The fraction of a layer's MACs whose weight is zero; None where it has none."""
    return 1 - nonzero_macs / macs if macs else None


def layer_plot(data: RunData, verdict: Verdict) -> Plot | None:
    """Two panels a model: latency, and MACs with those of zero weights hollow."""
    if verdict.choice is None:
        return None
    cells = [data.cells[verdict.choice]]
    original = data.original_of(cells[0])
    if original is not None and original is not cells[0]:
        cells.insert(0, original)
    found = [(cell, timed_layers(cell)) for cell in cells]
    found = [(cell, layers) for cell, layers in found if layers]
    if not found:
        return None
    counts = [len(layers) for _, layers in found]
    figure = new_figure(0.3 + sum(0.75 + 0.17 * number for number in counts))
    grid = figure.subplots(
        len(found), 2, squeeze=False, sharex="col", height_ratios=[number + 2 for number in counts]
    )
    name = unit(found[0][0].record.facts.latency_unit)
    for (cell, layers), (left, right) in zip(found, grid, strict=True):
        _panel(left, layers, [layer.count for layer in layers], COLOURS[1])
        _panel(right, layers, [layer.nonzero_macs for layer in layers], COLOURS[0])
        places = np.arange(len(layers))
        right.barh(places, [layer.macs for layer in layers], height=0.66, color="none",
                   edgecolor=INK, linewidth=0.6)  # fmt: skip
        for place, layer in enumerate(layers):
            share = zeros(layer.macs, layer.nonzero_macs)
            if share:
                right.annotate(f"{percent(share, 0)} % zeros", (layer.macs, place), fontsize=6,
                               xytext=(2, 0), textcoords="offset points", va="center")  # fmt: skip
        left.set_title(cell.name)
        right.set_yticklabels([])
    grid[-1][0].set_xlabel(f"latency, {name}")
    grid[-1][1].set_xlabel("MACs (filled: weight not zero)")
    grid[-1][1].margins(x=0.3)
    return save(
        figure, name=f"layers-{slug(verdict.target)}", group=f"layers of {verdict.target}",
        title=f"Latency and MACs of each layer on {verdict.target}", alt=_alt(found, verdict, name),
    )  # fmt: skip


def _panel(
    axes: Axes, layers: list[TimedLayer], values: list[float] | list[int], colour: str
) -> None:
    axes.barh(np.arange(len(layers)), values, height=0.66, color=colour, alpha=0.8)
    axes.set_yticks(np.arange(len(layers)), [layer.name for layer in layers], fontsize=6)
    axes.set_ylim(len(layers) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axes.grid(visible=True, axis="x")


def _alt(found: list[tuple[CellData, list[TimedLayer]]], verdict: Verdict, name: str) -> str:
    parts = []
    for cell, layers in found:
        total = sum(layer.count for layer in layers)
        slowest = max(layers, key=lambda layer: layer.count)
        share = percent(slowest.count / total, 0) if total else "0"
        parts.append(
            f"{cell.name}: {total:,.0f} {name}, of which {share} % in layer {slowest.name}"
        )
    return f"Latency and MACs of each layer on {verdict.target}. {'; '.join(parts)}."
