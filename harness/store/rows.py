"""Rows of the store as they were written: types of their values, and a checksum of each."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from typing import Any

from harness.store.schema import TABLES


class DamagedRow(ValueError):
    """A row is not what the harness wrote; the text names its table, its key and the column."""


def row_checksum(*values: object) -> int:
    """Return the CRC-32 over a row's values as Python writes them, in the order of TABLES."""
    return zlib.crc32(ascii(values).encode())


def checked(table: str, row: Sequence[Any]) -> tuple[Any, ...]:
    """Return a row without its checksum, which comes last. Raises DamagedRow."""
    *values, checksum = row
    for (column, kind), value in zip(TABLES[table].items(), values, strict=True):
        wanted, _, optional = kind.partition(" or ")
        if type(value).__name__ != wanted and not (optional and value is None):
            raise DamagedRow(f"{place(table, row, column)} holds {_shown(value)}, not {kind}")
        if isinstance(value, float) and not math.isfinite(value):
            raise DamagedRow(f"{place(table, row, column)} holds {value}, not a number")
    if row_checksum(*values) != checksum:
        raise DamagedRow(f"{place(table, row)} differs from its checksum")
    return tuple(values)


def place(table: str, row: Sequence[Any], column: str = "") -> str:
    """Return the words for a row or one of its columns."""
    keys = 2 if table in ("samples", "answers") else 1
    key = ", ".join(
        f"{name} {value}" for name, value in zip(list(TABLES[table])[:keys], row, strict=False)
    )
    return f"table {table}, row {key}" + (f", column {column}" if column else "")


def _shown(value: object) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
