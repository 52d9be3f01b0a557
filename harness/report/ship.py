"""The model to ship on a target as a file beside the page; harness/export makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from harness.report.verdict import Verdict
from harness.results.data import RunData

FOLDER = "ship"  # of the report


@dataclass(frozen=True)
class Ship:
    """A library as an archive: `path` is relative to the page, `bytes` and `sha256` are the file's.

    Without a file `path` is empty, and `problem` is the reason as a sentence.
    """

    name: str = ""
    path: str = ""
    bytes: int = 0
    sha256: str = ""
    problem: str = ""


# (run, its table, verdicts, folder): writes archives below the folder and returns them by target.
Shipper = Callable[[RunData, pd.DataFrame, Sequence[Verdict], Path], Mapping[str, Ship]]
