"""The report as Markdown: the verdicts and the tables, for a pull request or a wiki."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.report.matrix import Line, Matrix
from harness.report.page import Page
from harness.report.rows import Row
from harness.report.section import TargetSection
from harness.report.table import Table, Value
from harness.results.escape import markdown, markdown_code


def render_markdown(page: Page) -> str:
    """GitHub-flavoured Markdown of the page's text and tables, without plots."""
    parts = [
        f"# {markdown(page.title)}: what to ship on which board",
        *_matrix(page.matrix, page.targets),
        f"Run {page.run_id}, {page.started:%Y-%m-%d %H:%M} UTC. {markdown(page.summary)}",
        "## Why, and how to ship it",
        *(_verdict(target, page.run_id) for target in page.targets),
        markdown(page.rule),
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


def _matrix(matrix: Matrix, targets: Sequence[TargetSection]) -> list[str]:
    """The table of boards and variants, the rows by the host's clock last, and its legend."""
    heads = ["board and verdict", *map(markdown, matrix.variants)]
    boards = [*matrix.boards, *matrix.folded]
    rows = [
        [
            "<br>".join(filter(None, [
                markdown(board.title) + (" (orientation only)" if target.folded else ""),
                f"**{markdown(board.sentence)}**", markdown(board.figures), markdown(board.basis),
            ])),
            *("<br>".join(map(_line, lines)) for lines in board.cells),
        ]
        for board, target in zip(boards, targets, strict=True)
    ]  # fmt: skip
    legend = [f"{state}: {meaning}" for state, _, meaning in matrix.states]
    if not rows:
        return ["There is nothing to judge yet."]
    return [_table(heads, rows), f"{'; '.join(legend)}."]


def _line(line: Line) -> str:
    state = line.state if line.state == "fits" else f"**{line.state}**"
    rest = [*line.figures, *([line.reason] if line.reason else [])]
    return f"{markdown(line.dtype)} {state}" + (f": {markdown(', '.join(rest))}" if rest else "")


def _verdict(target: TargetSection, run_id: int) -> str:
    verdict, ship = target.verdict, target.ship
    lines = [f"**{markdown(target.title)}: {markdown(verdict.headline)}.**"]
    lines += [markdown(verdict.finding)]
    facts = [markdown(line) for line in verdict.support]
    if verdict.choice is not None:
        command = markdown_code(f"harness export {run_id} --target {target.name}")
        facts.append(f"as a C library: {command}")
    if ship is not None and ship.path:
        facts.append(f"[{markdown(ship.name)}]({ship.path}), {ship.bytes:,} B, SHA-256 "
                     f"{markdown_code(ship.sha256)}")  # fmt: skip
    elif ship is not None:
        facts.append(f"no download: {markdown(ship.problem)}")
    return "\n".join([" ".join(lines), "", *(f"- {fact}" for fact in facts)])


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
