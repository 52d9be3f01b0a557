"""Results for notebooks and scripts: `harness.load_results(path)`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

HINT = "give results.json, .parquet or .csv, a report's folder, or the store results.sqlite"


def load_results(path: str | Path, *, run: int | None = None) -> pd.DataFrame:
    """A run's table, tidy: a row a cell, the unit in each column's name.

    `path` is a report's folder or one of its tables, or a store, of which `run` is taken (default:
    the newest). Latencies stand in one column a unit (`latency_median_us`, `_cycles`,
    `_instructions`), missing in rows of other units, so that units never mix; fractions end in
    `_fraction`, sizes in `_bytes`. Raises InputError, StoreError.
    """
    return tidy(_read(Path(path), run))


def tidy(frame: pd.DataFrame) -> pd.DataFrame:
    """The report's table with the unit in each column's name."""
    from harness.results.columns import COLUMNS  # NumPy
    from harness.results.columns.column import LATENCY  # NumPy

    found = frame.rename(columns={column.name: column.tidy_name for column in COLUMNS})
    units = sorted(found["latency_unit"].dropna().unique())
    latencies = [column.name for column in COLUMNS if column.unit == LATENCY]
    for figure in (name for name in latencies if name in found):
        place = list(found.columns).index(figure)
        values = found.pop(figure)
        for unit in reversed(units):
            found.insert(place, f"{figure}_{unit}", values.where(found["latency_unit"] == unit))
    return found


def _read(path: Path, run: int | None) -> pd.DataFrame:
    if path.is_dir():
        names = ("results.json", "results.parquet", "results.csv", "results.sqlite")
        inside = next((path / name for name in names if (path / name).exists()), None)
        if inside is None:
            raise InputError("there are no results in this folder", where=str(path), hint=HINT)
        path = inside
    if not path.exists():
        raise InputError("there is no such file", where=str(path), hint=HINT)
    if path.suffix == ".sqlite":
        return _from_store(path, run)
    if run is not None:
        raise InputError("only a store holds several runs", where=str(path), hint="leave out run")
    try:
        return read_table(path)
    except ImportError as error:
        raise InputError(
            "Parquet files are read by pyarrow, which is not installed",
            where=str(path),
            hint="pip install 'tinyml-harness[parquet]', or take the results.json beside it",
        ) from error
    except (ValueError, KeyError, OSError) as error:
        raise InputError(
            f"this is no table of results: {error}", where=str(path), hint=HINT
        ) from error


def _from_store(path: Path, run: int | None) -> pd.DataFrame:
    from harness.results.table import results_frame  # pandas
    from harness.store import Store  # NumPy

    with Store(path, create=False) as store:
        chosen = store.latest_run() if run is None else run
        if chosen is None:
            raise InputError("the store holds no run yet", where=str(path), hint="harness run")
        return results_frame(store, chosen)


def read_table(path: Path) -> pd.DataFrame:
    """One of a report's tables as it was written. Raises ValueError, KeyError, OSError."""
    import pandas as pd

    from harness.results.columns import COLUMNS, DTYPES  # NumPy

    if path.suffix == ".json":
        frame = pd.DataFrame(_rows(json.loads(path.read_text(encoding="utf-8"))))
    elif path.suffix == ".parquet":
        frame = pd.read_parquet(path)
    elif path.suffix == ".csv":
        frame = pd.read_csv(path)
    else:
        raise ValueError(f"unknown ending '{path.suffix}'")
    typed = frame.astype({name: dtype for name, dtype in DTYPES.items() if name in frame})
    blank = [column.name for column in COLUMNS if column.blank]
    return typed.fillna(dict.fromkeys(blank, "")) if path.suffix == ".csv" else typed


def _rows(content: Any) -> Any:
    from harness.results.exports import FORMAT, VERSION  # pandas

    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError("its 'format' is another")
    if content.get("version") != VERSION:
        raise ValueError(f"version {content.get('version')}, this harness reads {VERSION}")
    return content["rows"]
