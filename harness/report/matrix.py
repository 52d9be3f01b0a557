"""The first table of the report: boards against variants, a line a number format in each cell.

A line has the model's state on that board, its gain in speed by pruning (against the unpruned model
of the same format), that by its format (the unpruned model against the original), and its change in
the metric against the board's one original.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from harness.measure.metric import Metric
from harness.report.finding import HOST_CLOCK
from harness.report.verdict import Verdict, frame_row
from harness.results.engines import with_engine
from harness.results.wording import (
    count,
    factor,
    integer,
    listing,
    missing,
    percent,
    plural,
    points,
    unit,
)
from harness.workload.authority import TITLES

MOST_VARIANTS = 8  # columns; of more, those that a verdict, an original or a front names
SIGNS = {
    "ship": "✓",
    "candidate": "≈",
    "fastest": "≈",
    "fits": "·",
    "no choice": "!",
    "refused": "✕",
    "failed": "!",
    "pending": "…",
}
MEANINGS = {
    "ship": "shown to be good enough",
    "candidate": "good enough as measured, not shown",
    "fastest": "by a clock that is no board's",
    "fits": "measured, not chosen",
    "no choice": "its outputs or times are not to be relied on",
    "refused": "the board cannot hold it or the engine cannot run it",
    "failed": "no figures",
    "pending": "not measured yet",
}


@dataclass(frozen=True)
class Line:
    """A model on a board; `row` is its row of the frame, `reason` why it is no choice.

    `figures` are texts, the gain by pruning first: "1.75× by pruning", "2.05× by int8",
    "+0.3 points".
    """  # noqa: RUF002

    dtype: str
    state: str
    figures: tuple[str, ...]
    row: int
    reason: str

    @property
    def sign(self) -> str:
        """A mark that is told apart without colour."""
        return SIGNS[self.state]


@dataclass(frozen=True)
class Board:
    """A row: its verdict in one sentence, the choice's figures, their basis, lines by variant.

    `number` is its target's place on the page, from 1.
    """

    number: int
    name: str
    title: str
    sentence: str
    figures: str
    basis: str
    cells: tuple[tuple[Line, ...], ...]


@dataclass(frozen=True)
class Matrix:
    """`boards` by `variants`; `folded` are the rows timed by the host's clock beside others.

    `left_out` counts variants without a column. `states` are those that occur, with their meaning.
    """

    variants: tuple[str, ...]
    boards: tuple[Board, ...]
    folded: tuple[Board, ...]
    left_out: int
    states: tuple[tuple[str, str, str], ...]


def make_matrix(
    frame: pd.DataFrame, found: Sequence[Verdict], front: frozenset[int], metric: Metric
) -> Matrix:
    """Return the table of `frame`; `found` holds a verdict a target, in the order of rows."""
    variants = _variants(frame, found, front)
    boards = [
        _board(number, frame[frame["target"] == verdict.target], verdict, variants, metric)
        for number, verdict in enumerate(found, 1)
    ]
    on_host = [verdict.timing_kind == HOST_CLOCK for verdict in found]
    alone = all(on_host)
    named = {line.state for board in boards for cell in board.cells for line in cell}
    return Matrix(
        variants=tuple(variants),
        boards=tuple(b for b, host in zip(boards, on_host, strict=True) if alone or not host),
        folded=tuple(b for b, host in zip(boards, on_host, strict=True) if host and not alone),
        left_out=frame["variant"].nunique() - len(variants),
        states=tuple((s, SIGNS[s], meaning) for s, meaning in MEANINGS.items() if s in named),
    )


def host_last(found: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts in their order, those by the host's clock behind the others."""
    return sorted(found, key=lambda verdict: verdict.timing_kind == HOST_CLOCK)


def _variants(frame: pd.DataFrame, found: Sequence[Verdict], front: frozenset[int]) -> list[str]:
    """Names in the order of the run, originals first."""
    originals = frame["original"].fillna(False).astype(bool)
    ordered = list(dict.fromkeys([*frame[originals]["variant"], *frame["variant"]]))
    if len(ordered) <= MOST_VARIANTS:
        return ordered
    choices = [verdict.choice for verdict in found if verdict.choice is not None]
    rows = [*(verdict.baseline for verdict in found if verdict.baseline is not None), *choices]
    ranked = [*frame.loc[rows, "variant"], *frame.loc[sorted(front), "variant"], *ordered]
    kept = list(dict.fromkeys(ranked))[:MOST_VARIANTS]
    return [name for name in ordered if name in kept]


def _board(
    number: int, rows: pd.DataFrame, verdict: Verdict, variants: Sequence[str], metric: Metric
) -> Board:
    before = None if verdict.baseline is None else frame_row(rows, verdict.baseline)
    lines: dict[str, list[Line]] = {}
    shown: Any = rows[rows["variant"].isin(variants)].itertuples()
    troubles = dict(verdict.troubles)
    for row in shown:
        lines.setdefault(row.variant, []).append(_line(row, before, verdict, troubles, metric))
    return Board(
        number=number,
        name=verdict.target,
        title=verdict.title,
        sentence=f"{verdict.headline}.",
        figures=_figures(rows, before, verdict, metric),
        basis=_basis(rows, verdict),
        cells=tuple(tuple(lines.get(name, ())) for name in variants),
    )


def _line(
    row: Any, before: Any, verdict: Verdict, troubles: Mapping[int, str], metric: Metric
) -> Line:
    reason = "" if row.status == "ok" else str(row.reason)
    return Line(
        dtype=with_engine(row.dtype, row.engine),
        state=_state(row, verdict, troubles),
        figures=tuple(_gains(row, before, metric)) if row.status == "ok" else (),
        row=row.Index,
        reason=troubles.get(row.Index, reason),
    )


def _gains(row: Any, before: Any, metric: Metric) -> Iterator[str]:
    """Yield speed by pruning, speed by the number format, change of the metric.

    `before` is the board's original, None where it has none.
    """
    gain = None if missing(row.speedup) else float(row.speedup)
    if gain is not None and not row.original:
        yield f"{factor(gain)} by pruning"
    if before is None:
        return
    if row.Index == before.Index:
        yield "the original"
        return
    if row.latency_median > 0:
        whole = float(before.latency_median / row.latency_median)
        if gain is None:
            yield f"{factor(whole)} the original"
        elif (row.dtype, row.engine) != (before.dtype, before.engine):
            yield f"{factor(whole / gain)} by {with_engine(row.dtype, row.engine)}"
    yield f"{points(metric.of(row) - metric.of(before))} points"


def _state(row: Any, verdict: Verdict, troubles: Mapping[int, str]) -> str:
    if row.status != "ok":
        return str(row.status)
    if row.Index == verdict.choice:
        return verdict.advice
    return "no choice" if row.Index in troubles else "fits"


def _figures(rows: pd.DataFrame, before: Any, verdict: Verdict, metric: Metric) -> str:
    """Figures of the choice in one line: score, latency, flash; "" without one."""
    if verdict.choice is None:
        return ""
    row = frame_row(rows, verdict.choice)
    parts = [
        f"{percent(metric.of(row))} % {metric.words}",
        f"{count(row.latency_median)} {unit(row.latency_unit)}",
    ]
    if row.Index != before.Index and row.latency_median > 0:
        parts[1] += f", {factor(before.latency_median / row.latency_median)} the original's speed"
    if not missing(row.flash_bytes):
        parts.append(f"{integer(row.flash_bytes)} B flash")
    return " · ".join(parts)


def _basis(rows: pd.DataFrame, verdict: Verdict) -> str:
    """Timing kind and unit, number of samples, authority: how the row's figures were obtained."""
    done = rows[rows["status"] == "ok"]
    if done.empty:
        return "nothing was measured"
    samples = int(done["samples"].max())
    parts = [verdict.timing_kind or "unknown timing", f"n = {plural(samples, 'test sample')}"]
    whose = [TITLES.get(str(each), str(each)) for each in done["authority"].dropna().unique()]
    if whose:
        parts.append(f"parity with {listing(whose)}")
    return " · ".join(parts)
