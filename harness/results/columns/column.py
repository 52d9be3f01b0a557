"""A column of a table of results: one record, from which CSV, JSON, Parquet and docs follow.

    Column("stack_bytes", "Int64", "Greatest depth of the stack", lambda cell: ..., BYTES)

is a column of whole numbers in bytes. `table` makes a DataFrame of such records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

if TYPE_CHECKING:
    import pandas as pd

Dtype = Literal["string", "float64", "Int64", "boolean"]
FRACTION = "fraction"
BYTES = "B"
LATENCY = "see latency_unit"  # the unit differs by row: column `latency_unit`
TIDY_ENDINGS = {FRACTION: "_fraction", BYTES: "_bytes"}
T = TypeVar("T")


@dataclass(frozen=True)
class Column(Generic[T]):
    """A column of a table with a row for each T."""

    name: str
    dtype: Dtype  # of pandas
    note: str  # meaning and source, Markdown, for docs/read-the-report.md
    value: Callable[[T], Any]  # None or NaN where it is not known
    unit: str = ""  # empty of names, counts and ratios
    blank: bool = False  # texts: "" is a value; a CSV file cannot tell it from a missing one

    @property
    def is_number(self) -> bool:
        """True of a column of figures."""
        return self.dtype in ("float64", "Int64")

    @property
    def tidy_name(self) -> str:
        """The name with its unit at the end; latencies get the unit of their rows elsewhere."""
        ending = TIDY_ENDINGS.get(self.unit, "")
        return self.name if self.name.endswith(ending) else self.name + ending


def table(columns: Sequence[Column[T]], rows: Iterable[T]) -> pd.DataFrame:
    """A DataFrame with the columns' names and dtypes, a row for each of `rows`."""
    import pandas as pd

    found = list(rows)
    return pd.DataFrame(
        {
            column.name: pd.Series([column.value(row) for row in found], dtype=column.dtype)
            for column in columns
        }
    )
