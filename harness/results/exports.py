"""A run's table for other programs: JSON with its schema, Parquet, and LaTeX for papers."""

from __future__ import annotations

import json
from math import isinf
from pathlib import Path
from typing import Any

import pandas as pd

from harness.measure.metric import METRICS
from harness.results.wording import TIMING, missing, percent

FORMAT = "tinyml-harness results"
VERSION = 1
UNITS = {
    **{metric.name: "fraction" for metric in METRICS.values()},
    "mae": "as the labels",
    "sparsity": "fraction",
    "largest_drop": "fraction",
    "parity_argmax": "fraction",
    "latency": "see latency_unit",
    "bracket": "see latency_unit",
}
FIGURES = {
    "latency_median": "median latency",
    "latency_unit": "in",
    "speedup": "speed-up",
    "flash_bytes": "flash / B",
    "arena_bytes": "arena / B",
}


def write_exports(frame: pd.DataFrame, run: dict[str, Any], folder: Path) -> None:
    """Write results.json, results.parquet and results.tex into `folder`."""
    (folder / "results.json").write_text(to_json(frame, run), encoding="utf-8")
    frame.to_parquet(folder / "results.parquet", index=False)
    (folder / "results.tex").write_text(to_latex(frame, str(run["plan"])), encoding="utf-8")


def to_json(frame: pd.DataFrame, run: dict[str, Any]) -> str:
    """One object: `format`, `version`, `run`, `columns` (name: type and unit) and `rows`.

    What was not measured is null.
    """
    rows = [
        {name: _plain(value) for name, value in row.items()}
        for row in frame.astype(object).to_dict("records")
    ]
    columns = {
        name: {"type": str(dtype), "unit": unit_of(name)} for name, dtype in frame.dtypes.items()
    }
    content = {
        "format": FORMAT,
        "version": VERSION,
        "run": run,
        "columns": columns,
        "rows": rows,
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """A value in JSON's own types, floats in full; what is no finite number becomes null."""
    return None if missing(value) or (isinstance(value, float) and isinf(value)) else value


def unit_of(column: Any) -> str:
    """A column's unit, empty for names, counts and ratios."""
    name = str(column)
    if name.endswith(("_bytes", "_limit")):
        return "B"
    if name.endswith("_hz"):
        return "Hz"
    if name.endswith("_uj"):
        return "\N{MICRO SIGN}J"
    if name.endswith("_mw"):
        return "mW"
    if name in ("latency_unit", "latency_samples", "latency_distinct"):
        return ""
    return next((unit for prefix, unit in UNITS.items() if name.startswith(prefix)), "")


def to_latex(frame: pd.DataFrame, plan: str) -> str:
    """A booktabs table for each target, of the cells that ended well; needs no other package."""
    tables = [
        _table(target, rows[rows["status"] == "ok"], plan)
        for target, rows in frame.groupby("target", sort=False)
    ]
    head = "% Written by tinyml-harness; \\usepackage{booktabs}\n"
    return head + "\n".join(table for table in tables if table)


def _table(target: Any, rows: pd.DataFrame, plan: str) -> str:
    if rows.empty:
        return ""
    what = TIMING[str(rows["timing_kind"].iloc[0])][0]
    metric = METRICS[str(rows["task"].iloc[0])]
    names = ["variant", "dtype"] + (["engine"] if rows["engine"].nunique() > 1 else [])
    heads = {name: name for name in names}
    heads |= {metric.device: rf"{_escape(metric.noun)} / \%"} | FIGURES
    lines = [
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{_escape(plan)} on {_escape(str(target))}; latency is {_escape(what)}.}}",
        rf"  \begin{{tabular}}{{{'l' * len(names)}{'r' * (len(heads) - len(names))}}}",
        r"    \toprule",
        f"    {' & '.join(heads.values())} \\\\",
        r"    \midrule",
        *(
            f"    {' & '.join(_cell(name, row[name]) for name in heads)} \\\\"
            for row in rows.to_dict("records")
        ),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
        "",
    ]
    return "\n".join(lines)


def _cell(name: str, value: Any) -> str:
    if pd.isna(value):
        return "--"
    if name.endswith("_device"):
        return percent(value)
    if name == "speedup":
        return f"{value:.2f}"
    if isinstance(value, str):
        return _escape("\N{MICRO SIGN}s" if value == "us" else value)
    whole = float(value).is_integer() or value >= 1000
    return f"{value:,.0f}".replace(",", r"\,") if whole else f"{value:.3g}"


def _escape(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    escaped = "".join(
        special.get(char, f"\\{char}" if char in "&%$#_{}" else char) for char in text
    )
    return escaped.replace("\N{MICRO SIGN}", r"$\mu$").replace("\N{SUPERSCRIPT TWO}", "$^2$")
