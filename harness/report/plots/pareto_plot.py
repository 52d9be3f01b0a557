"""The metric of a target's cells against their latency and flash, the Pareto front marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from harness.measure.metric import Metric
from harness.report.pareto import pareto_front
from harness.report.plots.axes import log_axis, slug
from harness.report.plots.boards import GROUP, WIDTH, Scale
from harness.report.plots.figure import (
    INK,
    Plot,
    Style,
    dtype_handles,
    fill,
    new_figure,
    save,
    variant_handles,
)
from harness.results.engines import CODEGEN, model_name
from harness.results.wording import count, integer, missing, percent, plural, unit

PALE = 0.4  # how opaque the points of other engines than the usual one are
MOST_NAMED = 60  # points with a colour and a tooltip each; of more only the front is named


def _some(names: Sequence[str], most: int = 8) -> str:
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def _rows(frame: pd.DataFrame) -> Any:
    return frame.itertuples()


def pareto_plot(
    rows: pd.DataFrame,
    target: str,
    looks: dict[str, Style],
    metric: Metric,
    scale: Scale,
    group: str = GROUP,
) -> Plot | None:
    """The metric with its intervals against latency (log) and, below, against flash (log).

    `rows` have `latency_share`; the axes have the limits of `scale`.
    """
    rows = measured(rows, metric)
    if rows.empty:
        return None
    front = pareto_front(rows, metric)
    named = named_rows(rows, front)
    others = rows[~rows.index.isin(named.index)]
    flash = rows[rows["flash_bytes"].fillna(0) > 0]
    panels = 1 if flash.empty else 2
    height = 0.3 + 1.75 * panels
    figure = new_figure(height, WIDTH, fixed=True)
    figure.subplots_adjust(0.17, 0.42 / height, 0.96, 1 - 0.22 / height, hspace=0.36)
    grid = figure.subplots(panels, 1, squeeze=False)[:, 0]
    labels: dict[str, str] = {}
    heads = {"latency_share": ("latency / original's (log)", scale.share),
             "flash_bytes": ("flash of the model, B (log)", scale.flash)}  # fmt: skip
    for axes, (column, (head, limits)) in zip(grid, heads.items(), strict=False):
        shown = rows[rows[column].fillna(0) > 0]
        _staircase(axes, shown, column, metric)
        rest = others[others.index.isin(shown.index)]
        axes.plot(rest[column].astype(float), 100 * rest[metric.device], ls="", marker=".",
                  color="#8C8C8C", markersize=3, alpha=0.6)  # fmt: skip
        for row in _rows(named[named.index.isin(shown.index)]):
            key = f"{column.partition('_')[0]}-{row.Index}"
            labels[key] = point_label(row, metric, on_front=row.Index in front)
            _point(axes, row, column, looks[row.variant], metric, key, ring=row.Index in front)
        log_axis(axes, np.array(limits))
        axes.set_ylim(scale.score)
        axes.set_xlabel(head)
        axes.set_ylabel(f"{metric.noun}, %")
        axes.grid(visible=True)
    grid[0].set_title(target)
    return save(
        figure, name=f"pareto-{slug(target)}", group=group, labels=labels,
        title=f"{target}: {metric.noun} against latency and flash",
        alt=_alt(rows, target, front, metric),
    )  # fmt: skip


def measured(rows: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    """Return the rows that have a place in the picture."""
    return rows[rows[metric.device].notna() & (rows["latency_median"] > 0)]


def named_rows(rows: pd.DataFrame, front: frozenset[int]) -> pd.DataFrame:
    """Return those that are named: all of few, of many those on the front."""
    return rows if len(rows) <= MOST_NAMED else rows[rows.index.isin(front)]


def legend_plot(
    boards: Sequence[pd.DataFrame], looks: dict[str, Style], metric: Metric
) -> Plot | None:
    """One legend for the pictures of all `boards`."""
    handles: dict[str, Line2D] = {}
    for rows in boards:
        for each in legend_of(measured(rows, metric), looks, metric):
            handles.setdefault(str(each.get_label()), each)
    if not handles:
        return None
    columns = 3 if max(map(len, handles)) < 16 else 2
    figure = new_figure(0.12 + 0.17 * -(-len(handles) // columns))
    figure.legend(handles=list(handles.values()), loc="center left", ncols=columns)
    names = ", ".join(handles)
    return save(
        figure, name="legend", group=f"legend of {GROUP}", title="Marks",
        alt=f"Marks of the pictures of all boards: {names}.",
    )  # fmt: skip


def point_label(row: Any, metric: Metric, *, on_front: bool) -> str:
    """Return the text of a point's tooltip."""
    ends = (percent(metric.of(row, "low")), percent(metric.of(row, "high")))
    interval = "" if missing(metric.of(row, "low")) else f" ({ends[0]} to {ends[1]})"
    parts = [
        f"{percent(metric.of(row))}{interval} % {metric.words}",
        f"{count(row.latency_median)} {unit(row.latency_unit)}",
        "flash unknown" if missing(row.flash_bytes) else f"{integer(row.flash_bytes)} B of flash",
    ]
    parts += ["on the front"] if on_front else []
    return f"{model_name(row)}: {', '.join(parts)}"


def _point(
    axes: Axes, row: Any, column: str, look: Style, metric: Metric, key: str, *, ring: bool
) -> None:
    value, low, high = (100 * metric.of(row, which) for which in ("device", "low", "high"))
    place, size = float(getattr(row, column)), 9.0 if row.original else 5.5
    error = [[max(0.0, value - low)], [max(0.0, high - value)]]
    drawn = axes.errorbar(
        place, value, yerr=error, color=look.colour, marker=look.marker,
        fillstyle=fill(row.dtype), elinewidth=0.8, capsize=1.5, markersize=size,
        alpha=0.9 if row.engine == CODEGEN else PALE,
    )  # fmt: skip
    if ring:
        axes.plot(place, value, marker="o", color=INK, fillstyle="none", markersize=size + 6,
                  markeredgewidth=0.8)  # fmt: skip
    line = drawn.lines[0]
    line.set_gid(key)
    line.set_zorder(5)


def _staircase(axes: Axes, rows: pd.DataFrame, column: str, metric: Metric) -> None:
    """The best that can be had for at most so much of `column`."""
    ordered = rows.sort_values(column)
    best = 100 * ordered[metric.device].cummax()
    axes.step(ordered[column].astype(float), best, where="post", color=INK, linewidth=0.8,
              linestyle="--", alpha=0.6)  # fmt: skip


def legend_of(rows: pd.DataFrame, looks: dict[str, Style], metric: Metric) -> list[Line2D]:
    """Return the entries for the rows of one board."""
    if rows.empty:
        return []
    front = pareto_front(rows, metric)
    named = named_rows(rows, front)
    others = len(rows) - len(named)
    handles = variant_handles(list(named["variant"].unique()), looks)
    handles += dtype_handles(list(named["dtype"].unique()))
    foreign = [name for name in named["engine"].unique() if name != CODEGEN]
    if foreign and len(named["engine"].unique()) > 1:
        handles.append(Line2D([], [], color=INK, marker="o", ls="", alpha=PALE,
                              label=f"engine {', '.join(foreign)}"))  # fmt: skip
    if front:
        handles.append(Line2D([], [], color=INK, marker="o", fillstyle="none", markersize=9, ls="",
                              label="on the front"))  # fmt: skip
    if others:
        handles.append(
            Line2D([], [], color="#8C8C8C", marker=".", ls="", label="others, not on a front")
        )
    return handles


def _alt(rows: pd.DataFrame, target: str, front: frozenset[int], metric: Metric) -> str:
    best = next(_rows(rows.sort_values("latency_median")))
    text = (
        f"{metric.title} against median latency and flash on {target}, {plural(len(rows), 'cell')}."
        f" Fastest: {model_name(best)} with {count(best.latency_median)} "
        f"{unit(best.latency_unit)} and {percent(metric.of(best))} % {metric.words}."
    )
    names = [model_name(row) for row in _rows(rows) if row.Index in front]
    return f"{text} On the front: {_some(names)}." if names else text
