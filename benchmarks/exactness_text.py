"""The measured table of benchmarks/exactness.py as Markdown for docs/exactness.md, and as TOML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.workload.authority import AUTHORITIES
from harness.workload.choice import ROUNDING_LSB
from harness.workload.exactness import Exactness, Table
from scripts.marked_part import with_part

DOCS = Path(__file__).resolve().parents[1] / "docs" / "exactness.md"
MARKS = ("<!-- figures: benchmarks/exactness.py -->", "<!-- end of figures -->")
HEAD = """\
# Differences of each authority from this engine by type and operator, what choice.py decides by.
# Written by benchmarks/exactness.py, which explains how; exactness.py says what each figure is.
"""


def markdown(table: Table) -> str:
    """A row an operator, a column an authority."""
    heads = [
        "operator",
        "type",
        "models",
        *(f"`{each.name}` {each.pinned}" for each in AUTHORITIES),
    ]
    rows = [
        [
            f"`{operator}`",
            dtype,
            str(_models(row)),
            *(_cell(row[each.name], dtype) for each in AUTHORITIES),
        ]
        for (operator, dtype), row in table.items()
    ]
    lines = [heads, ["---", "---", "---:", *["---:"] * len(AUTHORITIES)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def in_docs(page: str, table: Table) -> str:
    """The page with the table between its marks."""
    return with_part(page, MARKS, markdown(table))


def to_toml(table: Table) -> str:
    """The content of harness/workload/exactness.toml."""
    parts = [HEAD]
    for (operator, dtype), row in table.items():
        parts.append(f"\n[{dtype}.{operator}]\n")
        for name, each in row.items():
            figures = f"max_lsb = {each.max_lsb}, share = {each.share}, models = {each.models}"
            refused = f", refused = {each.refused}" if each.refused else ""
            parts.append(f'"{name}" = {{ {figures}{refused} }}\n')
    return "".join(parts)


def _models(row: Mapping[str, Exactness]) -> int:
    return max(each.models + each.refused for each in row.values())


def _cell(found: Exactness, dtype: str) -> str:
    text = f"{found.max_lsb} ({100 * found.share:.2g} %)" if found.max_lsb else "0"
    if not found.models:
        text = "none runs"
    elif found.refused:
        text += f"; {found.refused} not run"
    return f"**{text}**" if found.max_lsb > ROUNDING_LSB[dtype] else text
