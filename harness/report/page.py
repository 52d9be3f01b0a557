"""What the report says, ready to be laid out: the same content for the HTML page and Markdown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from harness.measure.latency import is_deterministic
from harness.measure.metric import Metric
from harness.report.confusion import Confusion, confusions
from harness.report.data import RunData
from harness.report.text import (
    TIMING,
    count,
    difference,
    factor,
    integer,
    listing,
    missing,
    percent,
    plural,
    points,
    probability,
    unit,
)
from harness.report.variants import Seeds, VariantDetail, seeds_of, variant_details
from harness.report.verdict import Verdict, rule, verdicts

COLUMNS = (
    ("Variant", ""),
    ("Dtype", ""),
    ("", "%, with 95 % interval"),  # the metric
    ("Change", "points, with p"),
    ("Same as TFLite", ""),  # classes, where there are any
    ("Latency", ""),  # the unit is the target's
    ("Speed", "vs original"),
    ("Flash", "B"),
    ("Arena", "B"),
    ("Stack", "B"),
    (".tflite", "B"),
    ("gzip", "B"),
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
    choice and is empty for the others.
    """

    name: str
    note: str
    dtype: str
    status: str
    problem: str
    advice: str
    measured: tuple[Value, ...]
    sizes: tuple[Value, ...]


@dataclass(frozen=True)
class TargetSection:
    """All about one target."""

    name: str
    title: str
    verdict: Verdict
    timing: str
    caveat: str
    method: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Model:
    """One model file, with the layers as they run on each target."""

    name: str
    figures: tuple[str, ...]
    sha256: str


@dataclass(frozen=True)
class Kernels:
    """The kernels that codegen chose for one model on some targets.

    `unit` is that of the layers' times, empty where they have none; `compared` with TFLite or not.
    """

    name: str
    target: str
    unit: str
    compared: bool
    layers: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Page:
    """The whole report."""

    title: str
    started: datetime
    run_id: int
    summary: str
    finished: bool
    rule: str
    targets: tuple[TargetSection, ...]
    undone: tuple[Row, ...]
    models: tuple[Model, ...]
    kernels: tuple[Kernels, ...]
    confusions: tuple[Confusion, ...]
    metric: Metric
    variants: tuple[VariantDetail, ...]
    seeds: Seeds | None
    provenance: tuple[tuple[str, str], ...]
    plan_text: str


def make_page(data: RunData, frame: pd.DataFrame, tolerance: float) -> Page:
    """Arrange a run for reading; `tolerance` is the verdict's, a fraction."""
    titles = {
        cell.record.key.target: str(cell.record.facts.get("target_title", cell.record.key.target))
        for cell in data.cells
    }
    found = verdicts(frame, titles, tolerance, data.metric)
    sections = tuple(
        _section(frame[frame["target"] == verdict.target], verdict, data) for verdict in found
    )
    undone = [row for row in frame.itertuples() if row.status != "ok"]
    return Page(
        title=data.run.plan_name,
        started=data.run.started,
        run_id=data.run.id,
        summary=_summary(data, frame),
        finished=data.run.finished is not None,
        rule=rule(tolerance, data.metric),
        targets=sections,
        undone=tuple(_row(row, None, data.metric, with_target=True) for row in undone),
        models=tuple(_models(data)),
        kernels=tuple(_kernels(data)),
        confusions=tuple(confusions(data)),
        metric=data.metric,
        variants=tuple(variant_details(data, frame)),
        seeds=seeds_of(data),
        provenance=_provenance(data),
        plan_text=data.run.plan_text,
    )


def _provenance(data: RunData) -> tuple[tuple[str, str], ...]:
    facts = [(name.replace("_", " "), str(value)) for name, value in data.run.provenance.items()]
    if data.pruned:  # MLPerf Tiny's rules: the closed division takes its models as they are
        facts.append(("MLPerf Tiny", f"Open division: {listing(data.pruned)}"))
    return tuple(facts)


def _summary(data: RunData, frame: pd.DataFrame) -> str:
    if frame.empty:
        return "This run holds no cells: nothing was measured."
    parts = [plural(frame[name].nunique(), name.removesuffix("s")) for name in ("variant", "dtype")]
    parts.append(plural(frame["target"].nunique(), "target"))
    states = frame["status"].value_counts()
    done = listing(
        [f"{states[name]:,} {name}" for name in ("ok", "failed", "refused", "pending")
         if name in states]
    )  # fmt: skip
    samples = plural(len(data.run.labels), "test sample") if data.run.labels.size else "no labels"
    return f"{', '.join(parts)}, {samples}. Of {plural(len(frame), 'cell')}: {done}."


def _section(rows: pd.DataFrame, verdict: Verdict, data: RunData) -> TargetSection:
    units = rows["latency_unit"].dropna()
    timing, caveat = TIMING.get(verdict.timing_kind, ("of a kind that was not told", ""))
    notes = {"Latency": f"{unit(units.iloc[0])}, median"} if len(units) else {}
    if data.run.task == "classification":
        notes["Same as TFLite"] = "% of classes"
    columns = tuple((head or data.metric.title, notes.get(head, note)) for head, note in COLUMNS)
    return TargetSection(
        name=verdict.target,
        title=verdict.title,
        verdict=verdict,
        timing=timing,
        caveat=caveat,
        method=_method(rows, verdict, data.metric if data.labelled else None),
        columns=columns,
        rows=tuple(_row(row, verdict, data.metric) for row in rows.itertuples()),
    )


def _method(rows: pd.DataFrame, verdict: Verdict, metric: Metric | None) -> str:
    """How the figures of one target came about."""
    done = rows[rows["status"] == "ok"]
    if done.empty:
        return "Nothing was measured here."
    parts = []
    counter = done["counter"].dropna()
    if len(counter):
        rate = done["counter_hz"].dropna()
        speed = f" at {rate.iloc[0] / 1e6:,.4g} MHz" if len(rate) else ""
        parts.append(f"Counter: {counter.iloc[0]}{speed}.")
    brackets = done["bracket"].dropna()
    name = unit(done["latency_unit"].iloc[0])
    if len(brackets):
        cost = f"{_span(brackets, count)} {name}"
        parts.append(f"Cost of an empty start and stop, subtracted: {cost}.")
    calls = done["latency_samples"].dropna()
    if len(calls):
        parts.append(
            f"Median and p95 over {_span(calls, integer)} timed calls of the model alone, each on "
            "another test sample; warm-up calls left out."
        )
    cold = done["latency_cold"].dropna()
    if len(cold):
        parts.append(f"First call since boot, kept apart: {_span(cold, count)} {name}.")
    if is_deterministic(verdict.timing_kind):
        parts.append("The count repeats exactly: what spread there is comes from the samples.")
    if metric is not None:
        parts.append(
            f"{metric.title}: outputs of the device against the labels, {metric.interval}; p of "
            f"{metric.test} against the original of the same dtype."
        )
    parts.append(
        "Flash: the linked image with this model alone less the same image without models. Arena: "
        "planned, with input and output. Stack: painted and measured."
    )
    return " ".join(parts)


def _span(values: Any, written: Callable[[Any], str]) -> str:
    """Least to greatest, or the one value."""
    return " to ".join(dict.fromkeys(written(x) for x in (values.min(), values.max())))


def _row(row: Any, verdict: Verdict | None, metric: Metric, *, with_target: bool = False) -> Row:
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
        measured=_measured(row, metric),
        sizes=tuple(Value(integer(x), sort=_key(x)) for x in sizes),
    )


def _problem(row: Any) -> str:
    stage = f" at {row.stage}" if row.stage and row.status == "failed" else ""
    return f"{row.status}{stage}: {row.reason}"


def _measured(row: Any, metric: Metric) -> tuple[Value, ...]:
    """The metric, its change, parity, latency and speed."""
    value, change = metric.of(row), metric.of(row, "delta")
    ends = (percent(metric.of(row, "low")), percent(metric.of(row, "high")))
    interval = "" if missing(value) else "–".join(ends)  # noqa: RUF001
    p = "" if missing(metric.p(row)) else f"p {probability(metric.p(row))}"
    off = difference(row.parity_max_lsb, row.parity_max_abs)
    classes = row.parity_argmax
    same = Value(off) if missing(classes) else Value(percent(classes), off, _key(classes))
    tail = "" if missing(row.latency_p95) else f"p95 {count(row.latency_p95)}"
    return (
        Value(percent(value), interval, _key(value)),
        Value("" if row.original else points(change), p, _key(change)),
        same,
        Value(count(row.latency_median), tail, _key(row.latency_median)),
        Value(factor(row.speedup), "", _key(row.speedup)),
    )  # fmt: skip


def _key(value: Any) -> float | None:
    return None if missing(value) else float(value)


def _models(data: RunData) -> list[Model]:
    return [
        Model(
            name=f"{item.variant} {item.dtype}",
            figures=(
                percent(item.sparsity),
                integer(item.parameters),
                integer(item.nonzero_parameters),
                integer(item.macs),
                integer(item.nonzero_macs),
                integer(item.tflite_bytes),
                integer(item.gzip_bytes),
                integer(item.header_bytes),
                percent(item.keras_score),
            ),
            sha256=item.sha256,
        )
        for item in data.artifacts
    ]


def _kernels(data: RunData) -> list[Kernels]:
    """One entry for all targets on which a model got the same kernels and figures."""
    groups: dict[tuple[str, str, tuple[tuple[str, ...], ...]], list[str]] = {}
    for cell in data.cells:
        told = cell.record.facts.get("layers", [])
        total = sum(layer.get("count") or 0.0 for layer in told)
        layers = tuple(_layer(layer, total) for layer in told)
        timed = unit(cell.record.facts.get("latency_unit")) if total else ""
        if layers:
            groups.setdefault((cell.name, timed, layers), []).append(cell.record.key.target)
    return [
        Kernels(name, listing(targets), timed, any(layer[6] for layer in layers), layers)
        for (name, timed, layers), targets in groups.items()
    ]


def _layer(layer: dict[str, Any], total: float) -> tuple[str, ...]:
    taken, lsb, difference = (layer.get(key) for key in ("count", "max_lsb", "max_abs"))
    parity = "" if difference is None else f"{difference:.0e}" if difference else "0"
    parity = parity if lsb is None else f"{lsb} LSB"
    return (
        str(layer.get("kind", "")),
        str(layer.get("kernel", "")).removeprefix("engine_"),
        integer(layer.get("macs")),
        integer(layer.get("nonzero_macs")),
        "" if taken is None else count(taken),
        "" if taken is None else f"{taken / total:.0%}",
        parity,
        str(layer.get("reason", "")),
    )
