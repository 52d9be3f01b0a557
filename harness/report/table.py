"""A table of the report: its columns are records, heads and cells follow from them.

    Column("Arena", lambda row, _: integer(row.arena_bytes), "B", "planned working memory")

`make_table` fits a list of such columns to its rows; the HTML templates and results.md lay out what
it returns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from harness.measure.metric import Metric

T = TypeVar("T")


@dataclass(frozen=True)
class Value:
    """A table cell."""

    text: str
    note: str = ""  # a smaller line below
    sort: float | str | None = None  # key to sort by, None: last
    style: str = ""  # classes of the page's style sheet, in place of the column's
    title: str = ""  # the whole of an abbreviated text


@dataclass(frozen=True)
class Scope:
    """The metric and the printed latency unit of a table's rows, on which heads and cells depend.

    `baseline` is the name of the original that scores are compared with. Both texts are empty where
    no row has any.
    """

    metric: Metric
    latency_unit: str = ""
    baseline: str = ""


Text = str | Callable[[Scope], str]


@dataclass(frozen=True)
class Head:
    """The head of a column."""

    title: str
    unit: str
    plain: str  # title and unit in one line
    left: bool


@dataclass(frozen=True)
class Column(Generic[T]):
    """A column of a table whose rows are made of records of type T."""

    title: Text
    cell: Callable[[T, Scope], Value | str]
    unit: Text = ""
    note: str = ""  # meaning, Markdown, for docs/read-the-report.md
    plain: Text = ""  # head where it is one line of text; empty: title (unit)
    left: bool = False  # aligned; the first column always is
    when: Callable[[Sequence[T]], bool] = lambda _: True  # shown for these rows

    def head(self, scope: Scope) -> Head:
        """Title and unit as printed."""
        title, unit = text(self.title, scope), text(self.unit, scope)
        whole = f"{title} ({unit})" if unit else title
        return Head(title, unit, text(self.plain, scope) or whole, self.left)

    def value(self, row: T, scope: Scope) -> Value:
        """The cell of one row."""
        found = self.cell(row, scope)
        return Value(found) if isinstance(found, str) else found


@dataclass(frozen=True)
class Table:
    """Heads, and rows with a value for each head."""

    heads: tuple[Head, ...]
    rows: tuple[tuple[Value, ...], ...]

    @property
    def texts(self) -> list[list[str]]:
        """The rows as text, without notes."""
        return [[value.text for value in row] for row in self.rows]


def text(given: Text, scope: Scope) -> str:
    """A title or unit that may depend on the scope."""
    return given if isinstance(given, str) else given(scope)


def make_table(columns: Sequence[Column[T]], rows: Iterable[T], scope: Scope) -> Table:
    """The table of `rows` with those of `columns` that are shown for them."""
    found = list(rows)
    shown = [column for column in columns if column.when(found)]
    return Table(
        tuple(column.head(scope) for column in shown),
        tuple(tuple(column.value(row, scope) for column in shown) for row in found),
    )
