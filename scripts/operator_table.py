"""Write the table in docs/operators.md from the operator table (harness/codegen/lower/table.py).

`.venv/bin/python scripts/operator_table.py`; a test checks that the committed page is up to date.
"""

from __future__ import annotations

from pathlib import Path

from harness.codegen.lower.table import public_operators
from scripts.marked_part import with_part

PAGE = Path(__file__).resolve().parents[1] / "docs" / "operators.md"
MARKS = ("<!-- operators: scripts/operator_table.py -->", "<!-- end of operators -->")


def table() -> str:
    """The table in Markdown: one row an operator, by name."""
    lines = [
        "| operator | result | types | kernels `engine_…` | restrictions |",
        "|---|---|---|---|---|",
    ]
    for record in public_operators():
        kernels = ", ".join(f"`{kernel}`" for kernel in record.kernels) or "none"
        cells = (
            f"`{record.kind}`",
            record.summary,
            record.types,
            kernels,
            "; ".join(record.restrictions),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def with_table(page: str) -> str:
    """The page's text with the table between its marks."""
    return with_part(page, MARKS, table())


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
