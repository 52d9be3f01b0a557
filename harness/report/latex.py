"""results.tex: a booktabs table for each target, of the cells that ended well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from harness.measure.metric import METRICS
from harness.report.columns import COLUMNS, Paper
from harness.report.table import Scope, text
from harness.results.escape import latex
from harness.results.wording import TIMING, percent

HEAD = "% Written by tinyml-harness; \\usepackage{booktabs}\n"


def to_latex(frame: pd.DataFrame, plan: str) -> str:
    """The tables of a run's results; they need no package but booktabs."""
    tables = [
        _table(str(target), rows[rows["status"] == "ok"], plan)
        for target, rows in frame.groupby("target", sort=False)
    ]
    return HEAD + "\n".join(table for table in tables if table)


def _table(target: str, frame: pd.DataFrame, plan: str) -> str:
    rows: list[Any] = list(frame.itertuples())
    if not rows:
        return ""
    scope = Scope(METRICS[rows[0].task])
    columns = _columns(rows)
    lines = [[latex(text(paper.head, scope)) for paper, _ in columns]]
    lines += [[_written(paper, paper.figure(row, scope)) for paper, _ in columns] for row in rows]
    head, *body = (f"    {' & '.join(cells)} \\\\" for cells in lines)
    time = TIMING[rows[0].timing_kind][0]
    return "\n".join(
        [
            r"\begin{table}",
            r"  \centering",
            rf"  \caption{{{latex(plan)} on {latex(target)}; latency is {latex(time)}.}}",
            rf"  \begin{{tabular}}{{{''.join(align for _, align in columns)}}}",
            r"    \toprule",
            head,
            r"    \midrule",
            *body,
            r"    \bottomrule",
            r"  \end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def _columns(rows: Sequence[Any]) -> list[tuple[Paper, str]]:
    """The columns shown for `rows`, each with its alignment."""
    return [
        (paper, "l" if column.group == "name" else "r")
        for column in COLUMNS
        for paper in column.paper
        if paper.when(rows)
    ]


def _written(paper: Paper, value: Any) -> str:
    if pd.isna(value):
        return "--"
    if paper.written == "text":
        return latex("\N{MICRO SIGN}s" if value == "us" else value)
    if paper.written == "percent":
        return percent(value)
    if paper.written == "factor":
        return f"{value:.2f}"
    whole = float(value).is_integer() or value >= 1000
    return f"{value:,.0f}".replace(",", r"\,") if whole else f"{value:.3g}"
