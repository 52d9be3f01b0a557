"""Write the tables of columns in docs/read-the-report.md from the columns' records.

`.venv/bin/python scripts/column_tables.py`; a test checks that the committed page is up to date.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from harness.measure.metric import ALL_METRICS
from harness.report import columns as page
from harness.report.table import Scope, Text, text
from harness.results.columns import COLUMNS
from harness.results.columns.column import LATENCY, Column
from harness.results.details import LAYERS, SEEDS
from scripts.marked_part import with_part

PAGE = Path(__file__).resolve().parents[1] / "docs" / "read-the-report.md"
LATENCY_UNIT = "`latency_unit`"


def results_table(columns: Iterable[Column[Any]]) -> list[str]:
    """Name, unit and meaning; columns with the same meaning share a row, the first one's."""
    rows: dict[tuple[str, str], list[str]] = {}
    for column in columns:
        rows.setdefault((column.unit, column.note), []).append(f"`{column.name}`")
    return _table(
        (", ".join(names), LATENCY_UNIT if unit == LATENCY else unit, note)
        for (unit, note), names in rows.items()
    )


def page_table(columns: Sequence[page.ResultColumn]) -> list[str]:
    """Title, unit and meaning of the page's columns."""
    return _table((_every(column.title), _every(column.unit), column.note) for column in columns)


def _table(rows: Iterable[tuple[str, str, str]]) -> list[str]:
    lines = [f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in rows]
    return ["| column | unit | meaning and source |", "|---|---|---|", *lines]


def _every(given: Text) -> str:
    """A title or unit as the runs of all tasks have it."""
    scopes = [Scope(metric, LATENCY_UNIT) for metric in ALL_METRICS]
    return " or ".join(dict.fromkeys(filter(None, (text(given, scope) for scope in scopes))))


def with_tables(content: str) -> str:
    """The page's text with each table between its marks."""
    tables = {
        "page": page_table(page.COLUMNS),
        "results": results_table(COLUMNS),
        "layers": results_table(LAYERS),
        "seeds": results_table(SEEDS),
    }
    for name, lines in tables.items():
        marks = f"<!-- {name}: scripts/column_tables.py -->", f"<!-- end of {name} -->"
        content = with_part(content, marks, "\n".join(lines))
    return content


def main() -> None:
    """Write the tables anew."""
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
