"""The rows of the tables of results: a cell of the run each, and the choices that filter them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.measure.metric import Metric
from harness.report.verdict import Verdict
from harness.results.wording import (
    count,
    difference,
    factor,
    integer,
    missing,
    percent,
    points,
    probability,
)


@dataclass(frozen=True)
class Value:
    """A table cell: the figure, a smaller line below it, and what to sort by."""

    text: str
    note: str = ""
    sort: float | str | None = None


@dataclass(frozen=True)
class Row:
    """A cell of the run.

    `problem` stands in for the figures of one that did not end well; `advice` marks the verdict's
    choice and is empty for the others; `front` whether it is on its target's Pareto front.
    """

    name: str
    note: str
    dtype: str
    status: str
    problem: str
    advice: str
    method: str
    engine: str
    front: bool
    measured: tuple[Value, ...]
    sizes: tuple[Value, ...]


@dataclass(frozen=True)
class Filter:
    """A choice above the results: the rows' data attribute, its title, the values there are."""

    name: str
    title: str
    options: tuple[str, ...]


def make_row(
    row: Any,
    verdict: Verdict | None,
    metric: Metric,
    front: frozenset[int],
    *,
    with_target: bool = False,
    with_energy: bool = False,
) -> Row:
    """The row of one cell; `verdict` is its target's, `front` the cells on a Pareto front."""
    aim = "" if missing(row.sparsity_target) else f" {percent(row.sparsity_target, 0)} %"
    method = "" if missing(row.method) else f"{row.method}{aim}"
    if row.original:
        method = "unpruned"
    engine = "" if row.engine == "codegen" else f" · {row.engine}"
    sizes = (row.flash_bytes, row.arena_bytes, row.stack_bytes, row.tflite_bytes, row.gzip_bytes)
    return Row(
        name=f"{row.variant} {row.dtype} on {row.target}" if with_target else row.variant,
        note=("" if method == row.variant else method) + engine,
        dtype=row.dtype,
        status=row.status,
        problem="" if row.status == "ok" else _problem(row),
        advice=verdict.advice if verdict is not None and row.Index == verdict.choice else "",
        method="" if missing(row.method) else str(row.method),
        engine=row.engine,
        front=row.Index in front,
        measured=_measured(row, metric) + ((_energy(row),) if with_energy else ()),
        sizes=tuple(Value(integer(x), sort=_key(x)) for x in sizes),
    )


def _problem(row: Any) -> str:
    stage = f" at {row.stage}" if row.stage and row.status == "failed" else ""
    return f"{row.status}{stage}: {row.reason}"


def _measured(row: Any, metric: Metric) -> tuple[Value, ...]:
    """The metric, its change, parity, latency and speed."""
    value, change = metric.of(row), metric.of(row, "delta")
    low, high = metric.of(row, "low"), metric.of(row, "high")
    interval = "" if missing(low) else f"{percent(low)}–{percent(high)}"  # noqa: RUF001
    p = "" if missing(metric.p(row)) else f"p {probability(metric.p(row))}"
    off = difference(row.parity_max_lsb, row.parity_max_abs, row.samples)
    classes = row.parity_argmax
    worst = row.parity_max_abs if missing(row.parity_max_lsb) else row.parity_max_lsb
    same = Value(percent(classes), off, _key(classes))
    if missing(classes):  # no classes in which the two could agree
        same = Value(off, sort=_key(worst))
    tail = "" if missing(row.latency_p95) else f"p95 {count(row.latency_p95)}"
    return (
        Value(percent(value), interval, _key(value)),
        Value("" if row.original and not p else points(change), p, _key(change)),
        same,
        Value(count(row.latency_median), tail, _key(row.latency_median)),
        Value(factor(row.speedup), "", _key(row.speedup)),
    )  # fmt: skip


def _energy(row: Any) -> Value:
    """µJ per inference; below it half the interval's width where it was measured."""
    if missing(row.energy_uj):
        return Value(count(None))
    note = str(row.energy_kind)
    if not missing(row.energy_low_uj):
        note = f"±{count(row.energy_high_uj - row.energy_uj)} {note}"
    return Value(count(row.energy_uj), note, _key(row.energy_uj))


def _key(value: Any) -> float | None:
    return None if missing(value) else float(value)


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
