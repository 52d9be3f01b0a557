"""The layers of two versions of a library as a table, for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from harness.compare.layers import CellPair, LayerPair
from harness.results import escape
from harness.results.wording import MISSING, count

HEADINGS = ("layer", "before", "now", "change", "output")


def layer_table(pair: CellPair) -> Table:
    """Return the layers of one cell, for the terminal."""
    table = Table(*HEADINGS, box=None, title=_title(pair), title_justify="left")
    for row in _rows(pair):
        table.add_row(*row)
    return table


def layers_markdown(pairs: Sequence[CellPair]) -> str:
    """Return a table for each cell with layers."""
    parts = []
    for pair in pairs:
        if pair.layers:
            lines = [f"| {' | '.join(HEADINGS)} |", "|---|---:|---:|---:|---|"]
            lines += [f"| {' | '.join(map(escape.markdown, row))} |" for row in _rows(pair)]
            parts.append(f"\n#### {escape.markdown(_title(pair))}\n\n" + "\n".join(lines) + "\n")
    return "".join(parts)


def _title(pair: CellPair) -> str:
    return f"{pair.name}, {pair.unit}" if pair.unit else pair.name


def _rows(pair: CellPair) -> list[tuple[str, ...]]:
    return [_row(layer) for layer in pair.layers]


def _row(layer: LayerPair) -> tuple[str, ...]:
    before, now = layer.before.count, layer.now.count
    change = f"{now / before - 1:+.1%}" if before and now is not None else MISSING
    output = {True: "same", False: "differs", None: MISSING}[layer.same_output]
    return (layer.name, count(before), count(now), change, output)
