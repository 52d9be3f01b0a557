"""A history for the terminal and as files: its tables, the plot, and every figure as CSV."""

from __future__ import annotations

from pathlib import Path

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from harness.history.series import History, Series, values_frame
from harness.history.steps import BLOCKS, FEWEST, PERMUTATIONS, SIGNIFICANT, Step
from harness.results.escape import write_csv


def render(found: History) -> list[RenderableType]:
    """A line for the runs, a table of cells, a table of steps, and how they were found."""
    first, last = found.runs[0], found.runs[-1]
    head = (
        f"{found.metric} over {len(found.runs)} runs of plan {found.plan}: "
        f"{first.commit} ({first.started:%Y-%m-%d}) to {last.commit} ({last.started:%Y-%m-%d})"
    )
    return [Text(head), _cells(found), *_steps(found), *(Text(line) for line in method(found))]


def method(found: History) -> list[str]:
    """Return sentences on the search for steps, one for each kind of figure that there is."""
    lines = []
    if any(series.exact for series in found.series):
        lines.append("exact: the figure repeats from run to run, so every change is a step.")
    tested = [series for series in found.series if not series.exact]
    if tested:
        lines.append(
            f"rank test: scan of rank sums, p of {PERMUTATIONS:,} permutations below {SIGNIFICANT} "
            f"and a change beyond the clock's noise; takes {FEWEST} runs or more. Blocks of "
            "neighbouring runs, a tenth of the series each, are permuted."
        )
    plain = [each for each in tested if FEWEST <= len(each.points) < 2 * BLOCKS]
    if plain:
        lines.append(
            f"{len(plain)} series of fewer than {2 * BLOCKS} runs: single runs are "
            "permuted, as if neighbours had nothing in common; where they have, a step is found by "
            "chance in up to one series of ten."
        )
    short = sum(len(series.points) < FEWEST for series in tested)
    if short:
        cells = "1 cell has" if short == 1 else f"{short} cells have"
        lines.append(f"{cells} fewer than {FEWEST} runs: no step is sought there.")
    return lines


def write_history(found: History, folder: Path) -> list[Path]:
    """Write <metric>.csv, .png and .svg into `folder`, replacing older ones. Raises OSError."""
    from harness.history.plot import draw  # matplotlib

    folder.mkdir(parents=True, exist_ok=True)
    plot = draw(found)
    paths = [folder / f"{found.plan_slug}-{found.metric}.{end}" for end in ("csv", "png", "svg")]
    write_csv(values_frame(found), paths[0])
    paths[1].write_bytes(plot.png)
    paths[2].write_text(plot.svg_file, encoding="utf-8")
    return paths


def step_change(step: Step) -> str:
    """+3.1 %, or the difference from zero."""
    change = step.change
    return f"{step.after - step.before:+,.6g}" if change is None else f"{100 * change:+,.2f} %"


def _cells(found: History) -> Table:
    table = Table("cell", "runs", "unit", "first", "last", "change", "steps", box=None)
    for column in (1, 3, 4, 5, 6):
        table.columns[column].justify = "right"
    for series in found.series:
        values = [point.value for point in series.points]
        whole = step_change(Step(0, values[0], values[-1])) if values[-1] != values[0] else "none"
        figures = [_figure(values[0]), _figure(values[-1]), whole, str(len(series.steps))]
        table.add_row(series.cell, str(len(values)), series.unit, *figures)
    return table


def _steps(found: History) -> list[RenderableType]:
    rows = [(series, step) for series in found.series for step in series.steps]
    if not rows:
        return [Text("no figure stepped")]
    table = Table(
        "step in", "at commit", "after", "on", "from", "to", "change", "found by", box=None
    )
    for column in (4, 5, 6):
        table.columns[column].justify = "right"
    table.columns[0].no_wrap = True
    for series, step in sorted(rows, key=lambda row: row[0].points[row[1].at].started):
        before, after = series.points[step.at - 1], series.points[step.at]
        table.add_row(
            series.cell,
            after.commit,
            before.commit,
            f"{after.started:%Y-%m-%d}",
            _figure(step.before),
            _figure(step.after),
            step_change(step),
            _found_by(series, step),
        )
    return [table]


def _found_by(series: Series, step: Step) -> str:
    how = "exact" if step.p is None else f"rank test, p {step.p:.4f}"
    before, after = series.points[step.at - 1], series.points[step.at]
    tools = series.moved_with(step.at)
    notes = [
        how,
        "" if before.model == after.model else "other model file",
        f"moved with {tools}" if tools else "",
    ]
    return "; ".join(filter(None, notes))


def _figure(value: float) -> str:
    if value.is_integer():
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 10_000 else f"{value:.6g}"
