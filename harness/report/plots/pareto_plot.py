"""The metric of a target's cells against their latency and flash, the Pareto front marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from harness.measure.metric import Metric
from harness.report.pareto import pareto_front
from harness.report.plots.axes import log_axis, slug
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
    rows: pd.DataFrame, target: str, looks: dict[str, Style], metric: Metric
) -> Plot | None:
    """The metric with its intervals against latency (log) and, below, against flash (log)."""
    rows = rows[rows[metric.device].notna() & (rows["latency_median"] > 0)]
    if rows.empty:
        return None
    front = pareto_front(rows, metric)
    named = rows if len(rows) <= MOST_NAMED else rows[rows.index.isin(front)]
    others = rows[~rows.index.isin(named.index)]
    flash = rows[rows["flash_bytes"].fillna(0) > 0]
    handles = _legend(named, looks, front=bool(front), others=len(others))
    variants = named["variant"].unique()
    columns = 3 if max((len(name) for name in variants), default=0) < 16 else 2
    panels = 1 if flash.empty else 2
    figure = new_figure(0.5 + 2.1 * panels + 0.16 * -(-len(handles) // columns))
    grid = figure.subplots(panels, 1, squeeze=False)[:, 0]
    labels: dict[str, str] = {}
    heads = {"latency_median": f"median latency, {unit(rows['latency_unit'].iloc[0])} (log)",
             "flash_bytes": "flash of the model, B (log)"}  # fmt: skip
    for axes, (column, head) in zip(grid, heads.items(), strict=False):
        shown = rows[rows[column].fillna(0) > 0]
        _staircase(axes, shown, column, metric)
        rest = others[others.index.isin(shown.index)]
        axes.plot(rest[column].astype(float), 100 * rest[metric.device], ls="", marker=".",
                  color="#8C8C8C", markersize=3, alpha=0.6)  # fmt: skip
        for row in _rows(named[named.index.isin(shown.index)]):
            key = f"{column.partition('_')[0]}-{row.Index}"
            labels[key] = point_label(row, metric, on_front=row.Index in front)
            _point(axes, row, column, looks[row.variant], metric, key, ring=row.Index in front)
        log_axis(axes, shown[column].to_numpy(dtype=float))
        axes.set_xlabel(head)
        axes.set_ylabel(f"{metric.noun} on the device, %")
        axes.grid(visible=True)
    grid[0].set_title(target)
    figure.legend(handles=handles, loc="outside lower left", ncols=columns, columnspacing=1.2)
    return save(
        figure, name=f"pareto-{slug(target)}", group=target, labels=labels,
        title=f"{metric.title} against latency and flash", alt=_alt(rows, target, front, metric),
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


def _legend(
    named: pd.DataFrame, looks: dict[str, Style], *, front: bool, others: int
) -> list[Line2D]:
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
            Line2D([], [], color="#8C8C8C", marker=".", ls="", label=f"{others:,} others")
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
