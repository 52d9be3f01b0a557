"""The page of a sweep: accuracy against sparsity, the knee of each method, every point as CSV."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from harness.durable import replaced
from harness.errors import StoreError
from harness.measure.knee import Curve, Knee, Point, knee
from harness.measure.metric import Metric
from harness.report.html import render_template
from harness.report.plots.figure import INK, STYLE, Plot, new_figure, save, styles
from harness.results.escape import write_csv
from harness.results.wording import MISSING, integer, margin, percent, with_interval

NAME = "accuracy-sparsity"


@dataclass(frozen=True)
class SweepPage:
    """Heading and provenance of the page; `tolerance` of the knee is a fraction."""

    title: str
    started: datetime
    seeds: tuple[int, ...]
    tolerance: float
    metric: Metric
    provenance: tuple[tuple[str, str], ...]


def write_sweep(curves: Sequence[Curve], page: SweepPage, reports_dir: Path) -> Path:
    """Write index.html, sweep.csv and the plot as PNG and SVG; returns the new folder.

    Raises StoreError where it cannot be written.
    """
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", page.title)
    folder = reports_dir / f"sweep-{name}-{page.started:%Y%m%dT%H%M%S%fZ}"
    plot, svg = draw(curves, page.tolerance, page.metric)
    frame = sweep_frame(curves, page.tolerance, page.metric)
    html = render_template("sweep.html.j2", page=page, plots=[plot],
                           rule=rule(page.tolerance, page.metric, curves),
                           knees=_knees(curves, page.tolerance),
                           tables=[(curve, _table(curve)) for curve in curves])  # fmt: skip
    try:
        with replaced(folder) as partial:
            write_csv(frame, partial / "sweep.csv")
            (partial / f"{NAME}.png").write_bytes(plot.png)
            (partial / f"{NAME}.svg").write_bytes(svg)
            (partial / "index.html").write_text(html, encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"the sweep's page cannot be written: {error.strerror}",
            where=str(folder),
            hint="check disk space and permissions; what was trained is cached",
        ) from error
    return folder


def rule(tolerance: float, metric: Metric, curves: Sequence[Curve]) -> str:
    """Definition of the knee, in words."""
    split = "validation split" if curves[0].original.validation else "test split"
    return (
        f"Knee: the greatest sparsity whose {metric.noun} on the {split} is at most "
        f"{margin(tolerance)} below the original's. Means over the seeds are fitted by the nearest "
        "curve that never rises: one lucky level behind failures is no knee."
    )


def sweep_frame(curves: Sequence[Curve], tolerance: float, metric: Metric) -> pd.DataFrame:
    """A row for each method and sparsity; fractions from 0 to 1."""
    rows = []
    for curve in curves:
        found = knee(curve.points, tolerance)
        for point in curve.points:
            change = point.change(curve.original)
            rows.append(
                {
                    "method": curve.method,
                    "fraction_of": curve.meaning,
                    "sparsity_target": point.asked,
                    "sparsity": point.sparsity,
                    "parameters": point.parameters,
                    "nonzero_parameters": point.nonzero_parameters,
                    "seeds": point.score.n,
                    f"{metric.name}_mean": point.score.mean,
                    f"{metric.name}_sd": point.score.sd,
                    f"{metric.name}_min": min(point.scores),
                    f"{metric.name}_max": max(point.scores),
                    "knee": point is found.point,
                    f"{metric.name}_validation": point.chosen_by if point.validation else None,
                    f"{metric.name}_change": change.mean,
                    f"{metric.name}_change_half": change.half,
                    "at_edge": found.at_edge if point is found.point else None,
                }
            )
    return pd.DataFrame(rows)


def draw(curves: Sequence[Curve], tolerance: float, metric: Metric) -> tuple[Plot, bytes]:
    """The plot for the page, and a standalone SVG file."""
    with mpl.rc_context(STYLE | {"svg.hashsalt": NAME}):
        svg = _file(_figure(curves, tolerance, metric))
        knees = [f"{curve.method} {_knee(knee(curve.points, tolerance))}" for curve in curves]
        plot = save(
            _figure(curves, tolerance, metric), name=NAME, group="sweep", png=True,
            title=f"{metric.title} against sparsity",
            alt=f"{metric.title} against sparsity, mean over the seeds. Knees: {', '.join(knees)}.",
        )  # fmt: skip
    return plot, svg


def _figure(curves: Sequence[Curve], tolerance: float, metric: Metric) -> Figure:
    looks = styles([curve.method for curve in curves], frozenset())
    columns = 3
    figure = new_figure(2.9 + 0.16 * -(-(len(curves) + 2) // columns))
    axes = figure.add_subplot()
    original = curves[0].points[0].score.mean
    axes.axhline(100 * original, color=INK, linewidth=0.8)
    axes.axhline(100 * (original - tolerance), color=INK, linewidth=0.8, linestyle=":")
    for curve in curves:
        look = looks[curve.method]
        x = [100 * point.asked for point in curve.points]
        mean = [100 * point.score.mean for point in curve.points]
        halves = [100 * (point.change(curve.original).half or 0) for point in curve.points]
        low = [value - half for value, half in zip(mean, halves, strict=True)]
        high = [value + half for value, half in zip(mean, halves, strict=True)]
        axes.fill_between(x, low, high, color=look.colour, alpha=0.16, linewidth=0)
        axes.plot(x, mean, color=look.colour, marker=look.marker, markersize=3, linewidth=1.2)
        best = knee(curve.points, tolerance).point
        axes.plot(100 * best.asked, 100 * best.score.mean, color=look.colour, marker="o",
                  markersize=10, fillstyle="none", markeredgewidth=1.4)  # fmt: skip
    axes.set_xlabel(f"{_share(curves)} asked for, %")
    axes.set_ylabel(f"{metric.noun} (Keras, float32), %")
    axes.set_ylim(top=min(101.0, axes.get_ylim()[1]))
    axes.grid(visible=True)
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=looks[curve.method].colour, marker=looks[curve.method].marker,
               markersize=4, label=_label(curve, curves))
        for curve in curves
    ]  # fmt: skip
    handles += [
        Line2D([], [], color=INK, linewidth=0.8, label="original"),
        Line2D([], [], color=INK, linewidth=0.8, linestyle=":",
               label=f"original − {margin(tolerance)}"),  # noqa: RUF001
        Line2D([], [], color=INK, marker="o", markersize=8, fillstyle="none", ls="", label="knee"),
    ]  # fmt: skip
    if curves[0].points[0].score.sd is not None:
        handles.append(
            Patch(color=INK, alpha=0.16, linewidth=0, label="95 % interval of the change")
        )
    figure.legend(handles=handles, loc="outside lower left", ncols=columns, columnspacing=1.2)
    return figure


def _share(curves: Sequence[Curve]) -> str:
    kinds = {curve.meaning for curve in curves}
    return (
        {"weights": "zero weights", "units": "removed units"}[kinds.pop()]
        if len(kinds) == 1
        else "share"
    )


def _label(curve: Curve, curves: Sequence[Curve]) -> str:
    mixed = len({other.meaning for other in curves}) > 1
    return f"{curve.method}, of {curve.meaning}" if mixed else curve.method


def _file(figure: Figure) -> bytes:
    out = BytesIO()
    figure.savefig(out, format="svg", metadata={"Date": None}, facecolor="white")
    return out.getvalue()


def _knees(curves: Sequence[Curve], tolerance: float) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for curve in curves:
        found, original = knee(curve.points, tolerance), curve.original
        best = found.point
        rows.append(
            (
                curve.method,
                _knee(found),
                curve.meaning,
                _mean_sd(best),
                with_interval(best.change(original)) if best.asked else MISSING,
                integer(best.nonzero_parameters),
                percent(best.nonzero_parameters / original.parameters),
            )
        )
    return rows


def _table(curve: Curve) -> list[tuple[str, ...]]:
    return [
        (
            _asked(point) if point.asked else "original",
            percent(point.sparsity),
            integer(point.nonzero_parameters),
            _mean_sd(point),
            with_interval(point.change(curve.original)) if point.asked else MISSING,
        )
        for point in curve.points
    ]


def _knee(found: Knee) -> str:
    """`50 %`; a knee at the greatest sparsity tried may lie beyond it."""
    if not found.point.asked:
        return "none"
    return f"{_asked(found.point)} %" + (" or more (edge of the range)" if found.at_edge else "")


def _asked(point: Point) -> str:
    return f"{100 * point.asked:g}"


def _mean_sd(point: Point) -> str:
    score = point.score
    return percent(score.mean) + ("" if score.sd is None else f" ({percent(score.sd)})")
