"""Sentences and notes on the authorities of parity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from harness.results.wording import count, missing, percent, plural
from harness.workload.authority import AUTHORITIES, TITLES, Authority


def distances_note(row: Any) -> str:
    """Distances from the other runtimes that were asked and differ; "" where none does.

    `row` is a row of results.csv.
    """
    own = None if missing(row.authority) else row.authority
    return "; ".join(
        f"{each.name}: off by ≤ {_size(row, each)} in {percent(share)} % of outputs"
        for each in AUTHORITIES
        if each.name != own
        and not missing(share := getattr(row, f"{each.column}_differing"))
        and share > 0
    )


def authority_sentences(rows: pd.DataFrame) -> list[str]:
    """Whose outputs parity of a target's cells is measured against, and what it lets pass."""
    parts = []
    known = rows[rows["authority"].notna()]
    for (name, version), group in known.groupby(["authority", "authority_version"], sort=False):
        title = TITLES.get(str(name), str(name))
        models = plural(len(group), "model")
        parts.append(f"Parity of {models}: against {title} (version {version}).")
    for each in AUTHORITIES:
        asked = rows[rows[f"{each.column}_differing"].notna() & (rows["authority"] != each.name)]
        if len(asked):
            same = int((asked[f"{each.column}_differing"] == 0).sum())
            models = plural(len(asked), "model")
            parts.append(f"{each.title} gives the same outputs for {same} of {models}.")
    for column in ("authority_note", "authorities_refused"):
        texts: Iterable[Any] = rows[column].dropna().unique()
        parts += [f"{text}." for text in texts]
    return parts


def _size(row: Any, authority: Authority) -> str:
    value = getattr(row, f"{authority.column}_difference")
    return f"{value:.0f} LSB" if missing(row.parity_max_abs) else count(value)
