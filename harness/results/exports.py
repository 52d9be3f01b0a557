"""A run's table for other programs: JSON with its schema, and Parquet."""

from __future__ import annotations

import json
from importlib.util import find_spec
from math import isinf
from pathlib import Path
from typing import Any

import pandas as pd

from harness.results.columns import unit_of
from harness.results.wording import missing

FORMAT = "tinyml-harness results"
VERSION = 1


def write_exports(frame: pd.DataFrame, run: dict[str, Any], folder: Path) -> None:
    """Write results.json into `folder`, and results.parquet where the extra `parquet` is there."""
    (folder / "results.json").write_text(to_json(frame, run), encoding="utf-8")
    if find_spec("pyarrow") is not None:
        frame.to_parquet(folder / "results.parquet", index=False)


def to_json(frame: pd.DataFrame, run: dict[str, Any]) -> str:
    """One object: `format`, `version`, `run`, `columns` (name: type and unit) and `rows`.

    What was not measured is null.
    """
    rows = [
        {name: _plain(value) for name, value in row.items()}
        for row in frame.astype(object).to_dict("records")
    ]
    columns = {
        name: {"type": str(dtype), "unit": unit_of(str(name))}
        for name, dtype in frame.dtypes.items()
    }
    content = {
        "format": FORMAT,
        "version": VERSION,
        "run": run,
        "columns": columns,
        "rows": rows,
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """A value in JSON's own types, floats in full; what is no finite number becomes null."""
    return None if missing(value) or (isinstance(value, float) and isinf(value)) else value
