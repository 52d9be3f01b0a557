"""One figure over many runs, from stores and reports, and the commits where it stepped."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatch
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pandas as pd

from harness.compare.tools import changed, tools_of
from harness.errors import InputError
from harness.history.steps import Step, exact_steps, scanned_steps
from harness.measure.latency import is_deterministic
from harness.results.columns import COLUMNS, unit_of
from harness.results.columns.column import LATENCY
from harness.results.load import read_table
from harness.results.table import results_frame
from harness.results.wording import missing
from harness.store import Store

DEFAULT_METRIC = "latency_median"
TIMES = ("latency_", "bracket", "speedup", "energy_")  # figures that a clock has a part in
LEAST_CHANGE = {"hardware": 0.05, "host-clock": 0.25}  # as the report: less is noise of the clock
SOURCES = "give a store (results.sqlite), a folder with one, a report's folder or results.json"


@dataclass(frozen=True)
class Run:
    """A run; `number` is that in its store, `provenance` holds the versions of its tools.

    `load` reads its table, which takes time: only where the run is followed.
    """

    plan: str
    commit: str
    started: datetime
    number: int
    load: Callable[[], pd.DataFrame]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Its table with the columns of results.csv."""
        return self.load()

    @cached_property
    def cells(self) -> dict[str, int]:
        """Row by "variant/dtype/engine/target"."""
        parts = (self.frame[name] for name in ("variant", "dtype", "engine", "target"))
        names = ("/".join(map(str, cell)) for cell in zip(*parts, strict=True))
        return {name: place for place, name in enumerate(names)}


@dataclass(frozen=True)
class Point:
    """One figure of the run at `place`; `model` is the digest of the model file.

    `tools`: versions of the target's compiler and simulator, as far as they are known.
    """

    place: int
    started: datetime
    commit: str
    value: float
    model: str
    tools: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Series:
    """A cell's figures by time. `exact`: they repeat from run to run, so every change is one."""

    cell: str
    target: str
    unit: str
    exact: bool
    points: tuple[Point, ...]
    steps: tuple[Step, ...]

    def moved_with(self, at: int) -> str:
        """Return the tools that changed before point `at`, with their versions; "" without any."""
        return changed(self.points[at - 1].tools, self.points[at].tools) if at else ""


@dataclass(frozen=True)
class History:
    """A metric over the runs of one plan, cell by cell."""

    plan: str
    metric: str
    runs: tuple[Run, ...]
    series: tuple[Series, ...]

    @property
    def plan_slug(self) -> str:
        """The plan's name as a part of a file name."""
        return re.sub(r"[^A-Za-z0-9_-]+", "-", self.plan).strip("-") or "run"


def history(
    sources: Sequence[Path], *, metric: str = DEFAULT_METRIC, plan: str = "", cells: str = "*"
) -> History:
    """Read the sources and look for steps.

    `plan` is a plan's name (default: that of the newest run), `cells` a pattern for
    "variant/dtype/engine/target". Raises InputError, StoreError where there is nothing to follow.
    """
    _check_metric(metric)
    every = sorted(
        {
            (run.plan, run.started, run.number): run for path in sources for run in _runs(path)
        }.values(),
        key=lambda run: (run.started, run.number),
    )
    wanted = plan or every[-1].plan
    runs = [run for run in every if run.plan == wanted]
    where = ", ".join(str(path) for path in sources)
    if not runs:
        names = ", ".join(sorted({run.plan for run in every}))
        raise InputError(f"there is no run of a plan '{wanted}'", where=where, hint=f"has: {names}")
    if len(runs) < 2:
        raise InputError(
            f"there is one run of plan '{wanted}': a history takes two at least",
            where=where,
            hint="name more stores or reports, or another --plan",
        )
    known = list(dict.fromkeys(name for run in runs for name in run.cells))
    chosen = [name for name in known if fnmatch(name, cells)]
    if not chosen:
        example = f"e.g. {known[0]}" if known else "these runs hold no cells"
        raise InputError(f"--cells {cells}: no cell has such a name", where=where, hint=example)
    found = [series for name in chosen if (series := _series(name, metric, runs))]
    if not found:
        raise InputError(f"no run has figures of '{metric}'", where=where, hint="--metric, --cells")
    return History(wanted, metric, tuple(runs), tuple(found))


def values_frame(found: History) -> pd.DataFrame:
    """Every figure: a row a run and cell, and whether the series stepped there."""
    return pd.DataFrame(
        [
            {
                "plan": found.plan,
                "cell": series.cell,
                "metric": found.metric,
                "unit": series.unit,
                "started": point.started.isoformat(),
                "commit": point.commit,
                "value": point.value,
                "model_sha256": point.model,
                "step": any(step.at == place for step in series.steps),
                "moved_with": series.moved_with(place),
            }
            for series in found.series
            for place, point in enumerate(series.points)
        ]
    )


def _check_metric(metric: str) -> None:
    known = [column.name for column in COLUMNS if column.is_number]
    if metric not in known:
        near = difflib.get_close_matches(metric, known, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"one of: {', '.join(known)}"
        raise InputError(f"--metric {metric}: there is no such figure", hint=hint)


def _runs(path: Path) -> list[Run]:
    if path.is_dir():
        inside = next((path / n for n in ("results.sqlite", "results.json") if (path / n).exists()),
                      None)  # fmt: skip
        if inside is None:
            reports = sorted(path.glob("*/results.json"))
            if not reports:
                raise InputError("there are no results in this folder", where=str(path),
                                 hint=SOURCES)  # fmt: skip
            return [_from_report(report) for report in reports]
        path = inside
    if not path.exists():
        raise InputError("there is no such file", where=str(path), hint=SOURCES)
    if path.suffix == ".sqlite":
        return _from_store(path)
    if path.suffix == ".json":
        return [_from_report(path)]
    raise InputError("this file does not say of which commit it is", where=str(path), hint=SOURCES)


def _from_store(path: Path) -> list[Run]:
    with Store(path, create=False) as store:
        last = store.latest_run()
        if last is None:
            raise InputError("the store holds no run yet", where=str(path), hint="harness run")
        runs = [store.run(run_id) for run_id in range(1, last + 1)]
    return [
        Run(
            run.plan_name,
            _commit(run.provenance),
            run.started,
            run.id,
            partial(_table, path, run.id),
            run.provenance,
        )
        for run in runs
    ]


def _table(path: Path, run_id: int) -> pd.DataFrame:
    with Store(path, create=False) as store:
        return results_frame(store, run_id)


def _from_report(path: Path) -> Run:
    try:
        frame = read_table(path)
        run: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["run"]
        started = datetime.fromisoformat(run["started"]).astimezone(UTC)
        known: dict[str, Any] = run["provenance"]
        return Run(str(run["plan"]), _commit(known), started, int(run["id"]), lambda: frame, known)
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise InputError(
            f"this is no results.json of a report: {error}", where=str(path), hint=SOURCES
        ) from error


def _commit(provenance: dict[str, Any]) -> str:
    return str(provenance.get("commit") or "unknown")


def _series(name: str, metric: str, runs: Sequence[Run]) -> Series | None:
    points, unit, kind = [], "", ""
    for place, run in enumerate(runs):
        if name not in run.cells:
            continue
        row = run.frame.iloc[run.cells[name]]
        if row["status"] != "ok" or missing(row[metric]):
            continue
        tools = tools_of(str(row["target"]), run.provenance)
        value, model = float(row[metric]), str(row["sha256"])
        points.append(Point(place, run.started, run.commit, value, model, tools))
        kind = str(row["timing_kind"])
        unit = _unit(metric, row)
    if not points:
        return None
    exact = is_deterministic(kind) or not metric.startswith(TIMES)
    values = [point.value for point in points]
    steps = exact_steps(values) if exact else scanned_steps(values, LEAST_CHANGE.get(kind, 0.05))
    return Series(name, name.rpartition("/")[2], unit, exact, tuple(points), tuple(steps))


def _unit(metric: str, row: Any) -> str:
    unit = unit_of(metric)
    return str(row["latency_unit"]) if unit == LATENCY else unit
