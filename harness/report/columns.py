"""The columns of the tables of results, of the cells without figures and of the model files.

HTML page, results.md, results.tex and the tables in docs/read-the-report.md follow from these
records; docs/add-a-report-column.md shows how to add one. `row` is a row of results.csv
(harness/results/columns), its columns as attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from harness.measure.metric import METRICS
from harness.report.table import Column, Scope, Text, Value
from harness.results.columns import BY_NAME
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
from harness.store import Artifact


@dataclass(frozen=True)
class Paper:
    """A column of results.tex: its head, and how a figure of results.csv is written."""

    head: Text
    figure: Callable[[Any, Scope], Any]
    written: Literal["text", "percent", "factor", "number"] = "number"
    when: Callable[[Sequence[Any]], bool] = lambda _: True  # shown for these rows


@dataclass(frozen=True)
class ResultColumn(Column[Any]):
    """A column of the tables of results.

    Figures are of cells that ended well: the reason stands in place of all of them in the others.
    Names and sizes are known of every cell.
    """

    group: Literal["name", "figure", "size"] = "figure"
    paper: tuple[Paper, ...] = ()


def sort_key(value: Any) -> float | None:
    """A figure to sort by, None where it is missing."""
    return None if missing(value) else float(value)


def _size(title: str, name: str, *, paper: str = "") -> ResultColumn:
    """Bytes, as results.csv has them in column `name`."""
    figure = BY_NAME[name]
    return ResultColumn(
        title,
        lambda row, _: Value(integer(getattr(row, name)), sort=sort_key(getattr(row, name))),
        figure.unit,
        f"`{name}`: {figure.note}",
        group="size",
        paper=(Paper(paper, lambda row, _: getattr(row, name)),) if paper else (),
    )


def _variant(row: Any, _: Scope) -> Value:
    aim = "" if missing(row.sparsity_target) else f" {percent(row.sparsity_target, 0)} %"
    method = "" if missing(row.method) else f"{row.method}{aim}"
    if row.original:
        method = "unpruned"
    engine = "" if row.engine == "codegen" else f" · {row.engine}"
    return Value(row.variant, ("" if method == row.variant else method) + engine, row.variant)


def _score(row: Any, scope: Scope) -> Value:
    value, low, high = (scope.metric.of(row, part) for part in ("device", "low", "high"))
    interval = "" if missing(low) else f"{percent(low)}–{percent(high)}"  # noqa: RUF001
    return Value(percent(value), interval, sort_key(value))


def _change(row: Any, scope: Scope) -> Value:
    change, p = scope.metric.of(row, "delta"), scope.metric.p(row)
    if missing(p):  # the baseline itself
        return Value("", sort=sort_key(change))
    return Value(points(change), f"p {probability(p)}", sort_key(change))


def _parity(row: Any, _: Scope) -> Value:
    off = difference(row.parity_max_lsb, row.parity_max_abs, row.samples)
    if not missing(row.parity_argmax):
        return Value(percent(row.parity_argmax), off, sort_key(row.parity_argmax))
    lsb = row.parity_max_lsb  # no classes in which the two could agree
    return Value(off, sort=sort_key(row.parity_max_abs if missing(lsb) else lsb))


def _latency(row: Any, _: Scope) -> Value:
    tail = "" if missing(row.latency_p95) else f"p95 {count(row.latency_p95)}"
    return Value(count(row.latency_median), tail, sort_key(row.latency_median))


def _energy(row: Any, _: Scope) -> Value:
    """Half the width of the interval below a measured figure."""
    if missing(row.energy_uj):
        return Value(count(None))
    note = str(row.energy_kind)
    if not missing(row.energy_low_uj):
        note = f"±{count(row.energy_high_uj - row.energy_uj)} {note}"
    return Value(count(row.energy_uj), note, sort_key(row.energy_uj))


SIZES = (
    _size("Flash", "flash_bytes", paper="flash / B"),
    _size("Arena", "arena_bytes", paper="arena / B"),
    _size("Stack", "stack_bytes"),
    _size(".tflite", "tflite_bytes"),
    _size("gzip", "gzip_bytes"),
)
COLUMNS: tuple[ResultColumn, ...] = (
    ResultColumn(
        "Variant",
        _variant,
        note="name in the plan; below it the pruning method with the sparsity asked for, and the "
        "engine where it is not this project's own",
        left=True,
        group="name",
        paper=(Paper("variant", lambda row, _: row.variant, "text"),),
    ),
    ResultColumn(
        "Dtype",
        lambda row, _: Value(row.dtype, sort=row.dtype),
        note="number format of the model file",
        left=True,
        group="name",
        paper=(
            Paper("dtype", lambda row, _: row.dtype, "text"),
            Paper(
                "engine",
                lambda row, _: row.engine,
                "text",
                when=lambda rows: len({row.engine for row in rows}) > 1,
            ),
        ),
    ),
    ResultColumn(
        lambda scope: scope.metric.title,
        _score,
        "%, with 95 % interval",
        "the device's outputs against the labels",
        paper=(
            Paper(
                lambda scope: f"{scope.metric.noun} / %",
                lambda row, scope: scope.metric.of(row),
                "percent",
            ),
        ),
    ),
    ResultColumn(
        "Change",
        _change,
        lambda scope: f"points against {scope.baseline or 'the original'}, with p",
        "against the target's one original, the `baseline`, in percentage points; below it p of "
        "the paired test",
    ),
    ResultColumn(
        "Same as TFLite",
        _parity,
        lambda scope: "% of classes" if scope.metric is METRICS["classification"] else "",
        "samples for which device and TensorFlow Lite name the same class; below it the greatest "
        "difference of any output element",
    ),
    ResultColumn(
        "Latency",
        _latency,
        lambda scope: f"{scope.latency_unit}, median" if scope.latency_unit else "",
        "median over the warm calls, one a sample; below it the 95th percentile",
        paper=(
            Paper("median latency", lambda row, _: row.latency_median),
            Paper("in", lambda row, _: row.latency_unit, "text"),
        ),
    ),
    ResultColumn(
        "Speed",
        lambda row, _: Value(factor(row.speedup), sort=sort_key(row.speedup)),
        "vs original, same dtype",
        BY_NAME["speedup"].note,
        paper=(Paper("speed-up", lambda row, _: row.speedup, "factor"),),
    ),
    ResultColumn(
        "Energy",
        _energy,
        "µJ per inference",
        "measured, below it half the width of its 95 % interval, or an estimate; shown for targets "
        "with any ([energy](energy.md))",
        when=lambda rows: any(not missing(row.energy_uj) for row in rows),
    ),
    *SIZES,
)


def problem(row: Any) -> str:
    """Why a cell has no figures, "" of one that ended well."""
    if row.status == "ok":
        return ""
    stage = f" at {row.stage}" if row.stage and row.status == "failed" else ""
    return f"{row.status}{stage}: {row.reason}"


UNDONE: tuple[Column[Any], ...] = (
    Column(
        "Cell",
        lambda row, _: f"{row.variant} {row.dtype} on {row.target}",
        plain="cell",
        left=True,
    ),
    Column(
        "What happened",
        lambda row, _: Value(problem(row), style=f"problem {row.status}"),
        plain="what happened",
        left=True,
    ),
    *SIZES,
)
MODELS: tuple[Column[Artifact], ...] = (
    Column("Model", lambda item, _: f"{item.variant} {item.dtype}", plain="model"),
    Column("Zeros", lambda item, _: percent(item.sparsity), "%", plain="zeros %"),
    Column("Parameters", lambda item, _: integer(item.parameters), plain="parameters"),
    Column(
        "Non-zero",
        lambda item, _: integer(item.nonzero_parameters),
        "parameters",
        plain="non-zero",
    ),
    Column("MACs", lambda item, _: integer(item.macs)),
    Column("Non-zero", lambda item, _: integer(item.nonzero_macs), "MACs", plain="non-zero MACs"),
    Column(".tflite", lambda item, _: integer(item.tflite_bytes), "B", plain=".tflite B"),
    Column("gzip", lambda item, _: integer(item.gzip_bytes), "B", plain="gzip B"),
    Column("C header", lambda item, _: integer(item.header_bytes), "B of text", plain="C header B"),
    Column(
        "Keras, float32",
        lambda item, _: percent(item.keras_score),
        lambda scope: f"% {scope.metric.words}",
        plain=lambda scope: f"Keras, float32, % {scope.metric.words}",
    ),
    Column(
        "SHA-256",
        lambda item, _: Value(item.sha256[:16], style="left hash", title=item.sha256),
        left=True,
    ),
)
