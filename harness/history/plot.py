"""The plot of a history: a panel a target, a line a cell, a ring where it stepped."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from harness.history.series import History, Series
from harness.report.plots.axes import short
from harness.report.plots.figure import (
    INK,
    STYLE,
    Plot,
    Style,
    dtype_handles,
    fill,
    new_figure,
    save,
    styles,
    variant_handles,
)
from harness.results.data import ORIGINAL_METHODS
from harness.results.wording import plural, unit

MOST_LABELS = 12  # commits written below the axis
WIDE = 8.0  # largest to smallest value: beyond, the axis is logarithmic


def draw(found: History) -> Plot:
    """Values by run, in the order in which the runs were started."""
    targets = list(dict.fromkeys(series.target for series in found.series))
    names = list(dict.fromkeys(_variant(series) for series in found.series))
    looks = styles(names, frozenset(ORIGINAL_METHODS) & frozenset(names))
    dtypes = list(dict.fromkeys(_dtype(series) for series in found.series))
    with mpl.rc_context(STYLE):
        ring = Line2D([], [], color=INK, marker="o", fillstyle="none", markersize=9, ls="",
                      label="step")  # fmt: skip
        handles = [*variant_handles(names, looks), *dtype_handles(dtypes), ring]
        figure = new_figure(0.9 + 1.6 * len(targets) + 0.16 * -(-len(handles) // 3))
        grid = figure.subplots(len(targets), 1, squeeze=False, sharex=True)[:, 0]
        for axes, target in zip(grid, targets, strict=True):
            _panel(
                axes, found.metric, [each for each in found.series if each.target == target], looks
            )
        _commits(grid[-1], found)
        figure.legend(handles=handles, loc="outside lower left", ncols=3, columnspacing=1.2)
        return save(figure, name=f"history-{found.metric}", group="history", title=found.metric,
                    alt=_alt(found), png=True)  # fmt: skip


def _panel(axes: Axes, metric: str, drawn: list[Series], looks: dict[str, Style]) -> None:
    for series in drawn:
        look = looks[_variant(series)]
        x = [point.place for point in series.points]
        y = [point.value for point in series.points]
        axes.plot(x, y, color=look.colour, marker=look.marker, fillstyle=fill(_dtype(series)),
                  linewidth=0.9, markersize=6.0 if look.marker == "*" else 3.5,
                  drawstyle="steps-post")  # fmt: skip
        axes.plot([x[step.at] for step in series.steps], [y[step.at] for step in series.steps],
                  ls="", color=INK, marker="o", fillstyle="none", markersize=8,
                  markeredgewidth=0.8)  # fmt: skip
    values = [point.value for series in drawn for point in series.points]
    wide = min(values) > 0 and max(values) / min(values) > WIDE
    if wide:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axes.set_title(f"{metric} on {drawn[0].target}")
    axes.set_ylabel(f"{unit(drawn[0].unit)} (log)".lstrip() if wide else unit(drawn[0].unit))
    axes.grid(visible=True)


def _commits(axes: Axes, found: History) -> None:
    every = -(-len(found.runs) // MOST_LABELS)
    places = range(0, len(found.runs), every)
    axes.set_xticks(list(places), [found.runs[place].commit[:7] for place in places], rotation=45,
                    ha="right", fontsize=6)  # fmt: skip
    axes.set_xlabel("commit of the run, by time")


def _variant(series: Series) -> str:
    return series.cell.split("/")[0]


def _dtype(series: Series) -> str:
    return series.cell.split("/")[1]


def _alt(found: History) -> str:
    steps = sum(len(series.steps) for series in found.series)
    return (
        f"{found.metric} of {plural(len(found.series), 'cell')} of plan {found.plan} over "
        f"{plural(len(found.runs), 'run')}, {plural(steps, 'step')} marked."
    )
