"""The report as Markdown: the verdicts and the tables, for a pull request or a wiki."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.report.page import Page, TargetSection
from harness.report.rows import Row, Value


def render_markdown(page: Page) -> str:
    """GitHub-flavoured Markdown of the page's text and tables, without plots."""
    parts = [
        f"# {page.title}",
        f"Run {page.run_id}, {page.started:%Y-%m-%d %H:%M} UTC. {page.summary}",
        "## Verdict",
        page.rule,
        *(_verdict(target) for target in page.targets),
        "## Results",
        *(block for target in page.targets for block in _results(target)),
    ]
    if page.undone:
        rows = [[row.name, row.problem] for row in page.undone]
        parts += ["## Cells without figures", _table(["cell", "what happened"], rows)]
    if page.models:
        heads = ["model", "zeros %", "parameters", "non-zero", "MACs", "non-zero MACs"]
        heads += [
            ".tflite B",
            "gzip B",
            "C header B",
            f"Keras, float32, % {page.metric.words}",
            "SHA-256",
        ]
        models = [[model.name, *model.figures, f"`{model.sha256[:16]}`"] for model in page.models]
        parts += ["## Models", _table(heads, models)]
    if page.seeds:
        heads = [
            "variant",
            f"{page.metric.noun} %, mean ± sd",
            "range %",
            "change of the mean, points",
        ]
        parts += ["## Over seeds", _table(heads, page.seeds.rows), page.seeds.caption]
    facts = [[name, text] for name, text in page.provenance]
    parts += ["## Provenance", _table(["what", "value"], facts)]
    return "\n\n".join(parts) + "\n"


def _verdict(target: TargetSection) -> str:
    verdict = target.verdict
    lines = [f"**{_cell(target.title)}: {_cell(verdict.headline)}.**", verdict.finding]
    return "\n".join([" ".join(lines), "", *(f"- {_cell(line)}" for line in verdict.support)])


def _results(target: TargetSection) -> list[str]:
    heads = [f"{head} ({note})" if note else head for head, note in target.columns]
    rows = [_row(row) for row in target.rows]
    text = f"Latency is {target.timing}. {target.method} {target.caveat}".strip()
    return [f"### {_cell(target.title)} (`{target.name}`)", _table(heads, rows), text]


def _row(row: Row) -> list[str]:
    name = f"**{row.name}** ({row.advice})" if row.advice else row.name
    if row.problem:
        measured = [row.problem, *[""] * (len(row.measured) - 1)]
    else:
        measured = [_value(item) for item in row.measured]
    return [name, row.dtype, *measured, *(_value(item) for item in row.sizes)]


def _value(item: Value) -> str:
    return f"{item.text} ({item.note})" if item.text and item.note else item.text or item.note


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(_cell(text) for text in line)} |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
