"""The pictures that stand side by side, one a board: metric against latency and flash, spreads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from harness.report.plots.axes import log_axis, slug
from harness.report.plots.boards import GROUP, WIDTH, Limits, on_host, scale_of, with_shares
from harness.report.plots.figure import Plot, Style, fill, new_figure, save
from harness.report.plots.pareto_plot import legend_plot, pareto_plot
from harness.results.data import RunData
from harness.results.engines import model_name
from harness.results.wording import count, unit

Spread = Sequence[tuple[Any, np.ndarray]]  # row; least, quartiles and greatest in its unit


def board_plots(
    data: RunData, frame: pd.DataFrame, detailed: pd.Series[bool], looks: dict[str, Style]
) -> list[Plot | None]:
    """All boards of `frame` on one scale; one timed by the host's clock beside others on its own.

    `detailed`: rows whose spread is drawn.
    """
    if len(frame) < 2:
        return []
    timed = with_shares(data, frame)
    boards = {str(target): rows for target, rows in timed.groupby("target", sort=False)}
    beside = {name: rows for name, rows in boards.items() if not on_host(rows)} or boards
    plots = [legend_plot([*beside.values()], looks, data.metric)]
    plots += _on_one_scale(data, beside, detailed, looks, GROUP)
    for name, rows in boards.items():
        if name not in beside:
            plots += _on_one_scale(data, {name: rows}, detailed, looks, name)
    return plots


def _on_one_scale(
    data: RunData,
    boards: Mapping[str, pd.DataFrame],
    detailed: pd.Series[bool],
    looks: dict[str, Style],
    group: str,
) -> list[Plot | None]:
    if not boards:
        return []
    scale = scale_of(pd.concat([*boards.values()]), data.metric)
    plots = [
        pareto_plot(rows, name, looks, data.metric, scale, group) for name, rows in boards.items()
    ]
    spreads = {name: _spread(data, rows[detailed[rows.index]]) for name, rows in boards.items()}
    ends = [_shares(row, five) for spread in spreads.values() for row, five in spread]
    limits = (float(np.min(ends)), float(np.max(ends))) if ends else (1.0, 1.0)
    plots += [
        latency_spread(spread, name, looks, limits, group) for name, spread in spreads.items()
    ]
    return plots


def latency_spread(
    spread: Spread, target: str, looks: dict[str, Style], limits: Limits, group: str = GROUP
) -> Plot | None:
    """Least to greatest warm latency, the middle half as a bar, the median as a marker.

    As shares of the median of the board's original.
    """
    if not spread:
        return None
    figure = new_figure(0.75 + 0.19 * len(spread), WIDTH)
    axes = figure.add_subplot()
    for place, (row, five) in enumerate(spread):
        look = looks[row.variant]
        least, lower, median, upper, most = _shares(row, five)
        axes.plot([least, most], [place, place], color=look.colour, linewidth=1)
        axes.plot([lower, upper], [place, place], color=look.colour, linewidth=5, alpha=0.45,
                  solid_capstyle="butt")  # fmt: skip
        axes.plot(median, place, color=look.colour, marker=look.marker, fillstyle=fill(row.dtype))
    axes.set_yticks(range(len(spread)), [model_name(row) for row, _ in spread])
    axes.set_ylim(len(spread) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_title(target)
    log_axis(axes, np.array(limits))
    axes.set_xlabel("latency / original's (log)")
    axes.grid(visible=True, axis="x")
    widest, five = max(spread, key=lambda item: float(item[1][4] / item[1][0]))
    alt = (
        f"Spread of the latency of single inferences on {target}. Widest: {model_name(widest)}, "
        f"{count(five[0])} to {count(five[4])} {unit(widest.latency_unit)}."
    )
    return save(
        figure, name=f"latency-{slug(target)}", group=group,
        title=f"{target}: spread of the latency over the samples", alt=alt,
    )  # fmt: skip


def _spread(data: RunData, rows: pd.DataFrame) -> Spread:
    found = []
    table: Any = rows.itertuples()
    for row in table:
        samples = data.cells[int(row.Index)].samples
        warm = samples.counts[(samples.calls != 1) & (samples.counts > 0)]
        if warm.size and row.latency_share > 0:
            found.append((row, np.percentile(warm, [0, 25, 50, 75, 100])))
    return found


def _shares(row: Any, counts: np.ndarray) -> np.ndarray:
    shares: np.ndarray = counts * row.latency_share / row.latency_median
    return shares
