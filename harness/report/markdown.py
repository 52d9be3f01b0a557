"""The report as Markdown: the verdicts and the tables, for a pull request or a wiki."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.report.page import Page, TargetSection
from harness.report.rows import Row
from harness.report.table import Table, Value
from harness.results.escape import markdown, markdown_code


def render_markdown(page: Page) -> str:
    """GitHub-flavoured Markdown of the page's text and tables, without plots."""
    parts = [
        f"# {markdown(page.title)}",
        f"Run {page.run_id}, {page.started:%Y-%m-%d %H:%M} UTC. {markdown(page.summary)}",
        "## Verdict",
        markdown(page.rule),
        *(_verdict(target) for target in page.targets),
        "## Results",
        *(block for target in page.targets for block in _results(target)),
    ]
    if page.undone.rows:
        parts += ["## Cells without figures", _plain(page.undone, 2)]
    if page.models.rows:
        parts += ["## Models", _plain(page.models)]
    if page.seeds:
        parts += ["## Over seeds", _plain(page.seeds.table), markdown(page.seeds.caption)]
    facts = [[markdown(name), markdown(text)] for name, text in page.provenance]
    parts += ["## Provenance", _table(["what", "value"], facts)]
    return "\n\n".join(parts) + "\n"


def _verdict(target: TargetSection) -> str:
    verdict = target.verdict
    lines = [f"**{markdown(target.title)}: {markdown(verdict.headline)}.**"]
    lines += [markdown(verdict.finding)]
    return "\n".join([" ".join(lines), "", *(f"- {markdown(line)}" for line in verdict.support)])


def _results(target: TargetSection) -> list[str]:
    heads = [markdown(head.plain) for head in target.heads]
    rows = [_row(row) for row in target.rows]
    text = markdown(f"Latency is {target.timing}. {target.method} {target.caveat}".strip())
    title = f"### {markdown(target.title)} ({markdown_code(target.name)})"
    return [title, _table(heads, rows), text]


def _row(row: Row) -> list[str]:
    first, *others = row.cells
    name = f"**{markdown(row.name)}** ({markdown(row.advice)})"
    name = name if row.advice else markdown(first.value.text)
    texts = [[_value(cell.value), *[""] * (len(cell.heads) - 1)] for cell in others]
    return [name, *(text for each in texts for text in each)]


def _value(item: Value) -> str:
    if "hash" in item.style:
        return markdown_code(item.text)
    shown = f"{item.text} ({item.note})" if item.text and item.note else item.text or item.note
    return markdown(shown)


def _plain(table: Table, columns: int | None = None) -> str:
    """A table of the report, of its columns the first ones or all."""
    rows = [[_value(value) for value in row[:columns]] for row in table.rows]
    return _table([markdown(head.plain) for head in table.heads[:columns]], rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
