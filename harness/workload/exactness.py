"""Measured differences of each authority from this engine, by operator and type.

The figures are data (exactness.toml), written by benchmarks/exactness.py, as is the table in
docs/exactness.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("exactness.toml")


@dataclass(frozen=True)
class Exactness:
    """Comparison of random models of one operator.

    `max_lsb`: greatest difference of an output element, in steps of its scale; `share` of the
    elements that differ, from 0 to 1; `models` compared; `refused`: models that the authority
    refuses or crashes at.
    """

    max_lsb: int
    share: float
    models: int
    refused: int = 0


Table = Mapping[tuple[str, str], Mapping[str, Exactness]]


def load_table(path: Path = TABLE) -> Table:
    """Return by operator and type ("SUM", "int8") the figures by authority's name."""
    with path.open("rb") as file:
        content = tomllib.load(file)
    return {
        (operator, dtype): {name: Exactness(**figures) for name, figures in row.items()}
        for dtype, operators in content.items()
        for operator, row in operators.items()
    }
