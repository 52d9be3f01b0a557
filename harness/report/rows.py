"""The rows of the tables of results: a cell of the run each, and the choices that filter them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from harness.report.cells import problem
from harness.report.columns import ResultColumn
from harness.report.table import Head, Scope, Value
from harness.report.verdict import Verdict
from harness.results.wording import missing


@dataclass(frozen=True)
class Cell:
    """A table cell and the heads it stands under: one, or all those that a reason stands in for."""

    heads: tuple[Head, ...]
    value: Value


@dataclass(frozen=True)
class Links:
    """Places on the page, from 1, of a model's layers and of its variant's details; 0: none."""

    layers: int = 0
    detail: int = 0


@dataclass(frozen=True)
class Row:
    """A cell of the run; `index` is its row of the frame.

    `problem` stands in for the figures of one that did not end well; `advice` marks the verdict's
    choice and is empty for the others; `front` whether it is on its target's Pareto front.
    """

    cells: tuple[Cell, ...]
    dtype: str
    status: str
    problem: str
    advice: str
    method: str
    engine: str
    front: bool
    index: int
    links: Links

    @property
    def name(self) -> str:
        """Name of the variant: the text of the first cell."""
        return self.cells[0].value.text


@dataclass(frozen=True)
class Filter:
    """A choice above the results: the rows' data attribute, its title, the values there are."""

    name: str
    title: str
    options: tuple[str, ...]


def make_row(
    row: Any,
    columns: Sequence[ResultColumn],
    scope: Scope,
    verdict: Verdict | None = None,
    front: frozenset[int] = frozenset(),
    links: Links = Links(),
) -> Row:
    """The row of one cell; `verdict` is its target's, `front` the cells on a Pareto front."""
    return Row(
        cells=tuple(_cells(row, columns, scope)),
        dtype=row.dtype,
        status=row.status,
        problem=problem(row),
        advice=verdict.advice if verdict is not None and row.Index == verdict.choice else "",
        method="" if missing(row.method) else str(row.method),
        engine=row.engine,
        front=row.Index in front,
        index=row.Index,
        links=links,
    )


def _cells(row: Any, columns: Sequence[ResultColumn], scope: Scope) -> Iterator[Cell]:
    reason = problem(row)
    for group, members in groupby(columns, lambda column: column.group):
        found = list(members)
        heads = tuple(column.head(scope) for column in found)
        if reason and group == "figure":
            yield Cell(heads, Value(reason, style=f"problem {row.status}"))
        else:
            for head, column in zip(heads, found, strict=True):
                yield Cell((head,), column.value(row, scope))


def filters_of(targets: Mapping[str, Sequence[Row]]) -> tuple[Filter, ...]:
    """A choice for each column of names in which the rows, by target, differ."""
    rows = [row for shown in targets.values() for row in shown]
    found = {
        "target": list(targets),
        "method": [row.method for row in rows],
        "dtype": [row.dtype for row in rows],
        "engine": [row.engine for row in rows],
        "status": [row.status for row in rows],
        "front": ["yes" if row.front else "no" for row in rows],
    }
    heads = {"front": "Pareto front"}
    choices = {name: tuple(dict.fromkeys(filter(None, values))) for name, values in found.items()}
    return tuple(
        Filter(name, heads.get(name, name.capitalize()), options)
        for name, options in choices.items()
        if len(options) > 1
    )
