"""The page of a search: every trial over its cost, the measured variants, and why by layer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from harness.search.budget import Budget
from harness.search.measured import MeasuredCell
from harness.search.search import Found

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .7rem;text-align:right;"
    "border-bottom:1px solid #ddd}td:first-child,th:first-child{text-align:left}"
    "svg{max-width:100%}text{font:12px system-ui,sans-serif}"
)
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 760, 400, 60, 40
_COLOURS = {"1": "#b8c4d6", "2": "#4a7ab5", "searched": "#c0392b", "fixed": "#555"}


def page_of(found: Found, cells: Sequence[MeasuredCell], summary: Sequence[str]) -> str:
    """Return the whole page; all text of the plan is escaped."""
    body = [f"<h1>Search: {escape(found.plan.name)}</h1>"]
    body += [f"<p>{escape(line)}</p>" for line in summary]
    body.append(
        f"<p>Shapes were chosen on {found.samples} validation samples, which also chose among the "
        "starts; the test split was measured once, for the variants below, and the verdict of the "
        '<a href="index.html">report</a> allows for their number. '
        f"Storage preference: {escape(found.prefer)}.</p>"
    )
    for budget in found.budgets:
        body += _target(found, budget, cells)
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Search: '
        f"{escape(found.plan.name)}</title><style>{_STYLE}</style></head><body>"
        f"{''.join(body)}</body></html>\n"
    )


def _target(found: Found, budget: Budget, cells: Sequence[MeasuredCell]) -> Iterator[str]:
    own = [each for each in cells if each.target == budget.target]
    yield f"<h2>{escape(budget.target)}: {escape(budget.text)}</h2>"
    yield _plot(found, budget, own)
    yield _table(
        ("variant", "dtype", budget.unit, "flash, B", "arena, B", "validation", "test"),
        [
            (
                each.variant,
                each.dtype,
                f"{each.latency:,.0f}",
                _number(each.flash),
                _number(each.arena),
                _percent(each.validation),
                _percent(each.test),
            )
            for each in sorted(own, key=lambda each: each.latency)
        ],
    )
    shape = (found.meets[budget.target] or (found.nearest[budget.target],))[0].shape
    yield f"<h3>Why {escape(shape.text)}</h3>"
    yield _table(
        ("layer", "kernel", "modelled before", "after", "saved", "bytes before", "after"),
        [
            (
                each.name,
                each.kernel.removeprefix("engine_"),
                f"{each.before:,.0f}",
                f"{each.after:,.0f}",
                f"{each.before - each.after:,.0f}",
                f"{each.bytes_before:,}",
                f"{each.bytes_after:,}",
            )
            for each in found.layers[budget.target]
        ],
    )
    yield _table(
        ("shape", "round", "starts", "modelled", "counted", "mean validation", "best"),
        [
            (
                each.shape.text,
                str(each.round),
                str(len(each.accuracy)),
                f"{each.costs[budget.target].latency:,.0f}",
                _number(each.measured.get(budget.target)),
                _percent(each.mean),
                _percent(max(each.accuracy)),
            )
            for each in sorted(found.trials, key=lambda e: e.costs[budget.target].latency)
        ],
    )


def _plot(found: Found, budget: Budget, cells: Sequence[MeasuredCell]) -> str:
    """Return an SVG of validation accuracy over latency, a mark for each trial and variant."""
    marks = [
        (each.costs_on(budget.target).latency, each.mean, str(each.round), each.shape.text)
        for each in found.trials
    ]
    marks += [
        (each.latency, each.validation, "searched" if each.searched else "fixed",
         f"{each.variant} {each.dtype}")
        for each in cells
        if each.validation is not None
    ]  # fmt: skip
    low = min(math.log(x) for x, *_ in marks)
    high = max(max(math.log(x) for x, *_ in marks), low + 1e-6)
    floor = max(0.0, min(found.wanted[budget.target] - 0.06, 0.94))

    def at(x: float, y: float) -> tuple[float, float]:
        share = (math.log(x) - low) / (high - low)
        up = (max(y, floor) - floor) / max(1e-6, 1 - floor)
        across = _LEFT + share * (_WIDTH - _LEFT - 20)
        return round(across, 1), round((1 - up) * (_HEIGHT - _BOTTOM - 10) + 10, 1)

    parts = []
    for label, level in (("original", found.accuracy), ("wanted", found.wanted[budget.target])):
        y = at(math.exp(low), level)[1]
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y}" y2="{y}" stroke="#bbb"/>')
        parts.append(f'<text x="2" y="{y + 4}">{label}</text>')
    for x, y, kind, words in marks:
        across, up = at(x, y)
        size = 4 if kind in ("1", "2") else 6
        parts.append(
            f'<circle cx="{across}" cy="{up}" r="{size}" fill="{_COLOURS[kind]}"><title>'
            f"{escape(words)}: {x:,.0f} {budget.unit}, {100 * y:.1f} %</title></circle>"
        )
    legend = (("1", "round 1"), ("2", "round 2"), ("searched", "found, measured"),
              ("fixed", "the plan's other variants, measured"))  # fmt: skip
    for place, (kind, words) in enumerate(legend):
        x = _LEFT + 140 * place
        parts.append(f'<circle cx="{x}" cy="{_HEIGHT - 8}" r="4" fill="{_COLOURS[kind]}"/>')
        parts.append(f'<text x="{x + 8}" y="{_HEIGHT - 4}">{words}</text>')
    ends = (math.exp(low), math.exp(high))
    for x, anchor in ((ends[0], "start"), (ends[1], "end")):
        parts.append(
            f'<text x="{at(x, 1)[0]}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="{anchor}">'
            f"{x:,.0f} {budget.unit}</text>"
        )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="validation accuracy over '
        f'latency of every trial">{"".join(parts)}</svg>'
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(each)}</th>" for each in head)
    lines = "".join(
        "<tr>" + "".join(f"<td>{escape(each)}</td>" for each in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{top}</tr>{lines}</table>"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"
