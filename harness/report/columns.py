"""The columns of the tables of results, of the cells without figures and of the model files.

HTML page, results.md, results.tex and the tables in docs/read-the-report.md follow from these
records; docs/add-a-report-column.md shows how to add one. `row` is a row of results.csv
(harness/results/columns), its columns as attributes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from harness.measure.metric import ACCURACY
from harness.report import cells
from harness.report.table import Column, Scope, Text, Value
from harness.results.columns import BY_NAME
from harness.results.soundness import SATURATED
from harness.results.wording import factor, integer, missing, percent
from harness.store import Artifact

Group = Literal["name", "figure", "size"]
Written = Literal["text", "percent", "factor", "number"]


@dataclass(frozen=True)
class Paper:
    """A column of results.tex: its head, and how a figure of results.csv is written."""

    head: Text
    figure: Callable[[Any, Scope], Any]
    written: Written = "number"
    when: Callable[[Sequence[Any]], bool] = lambda _: True  # shown for these rows


@dataclass(frozen=True)
class ResultColumn(Column[Any]):
    """A column of the tables of results.

    Figures are of cells that ended well: the reason stands in place of all of them in the others.
    Names and sizes are known of every cell.
    """

    group: Group = "figure"
    paper: tuple[Paper, ...] = ()


def _figure(
    title: str,
    name: str,
    written: Callable[[Any], str],
    *,
    unit: str = "",
    size: bool = False,
    paper: str = "",
    paper_written: Written = "number",
) -> ResultColumn:
    """A column of results.csv as it is, with its note and, where none is given, its unit."""
    figure = BY_NAME[name]

    def cell(row: Any, _: Scope) -> Value:
        value = getattr(row, name)
        return Value(written(value), sort=cells.sort_key(value))

    group: Group = "size" if size else "figure"
    note = f"`{name}`: {figure.note}"
    papers = (Paper(paper, lambda row, _: getattr(row, name), paper_written),) if paper else ()
    return ResultColumn(title, cell, unit or figure.unit, note, group=group, paper=papers)


SIZES = (
    _figure("Flash", "flash_bytes", integer, size=True, paper="flash / B"),
    _figure("Arena", "arena_bytes", integer, size=True, paper="arena / B"),
    _figure("Stack", "stack_bytes", integer, size=True),
    _figure(".tflite", "tflite_bytes", integer, size=True),
    _figure("gzip", "gzip_bytes", integer, size=True),
)
COLUMNS: tuple[ResultColumn, ...] = (
    ResultColumn(
        "Variant",
        cells.variant,
        note="name in the plan; below it the pruning method with the sparsity asked for, and the "
        "engine where it is not this project's own",
        left=True,
        group="name",
        paper=(Paper("variant", lambda row, _: row.variant, "text"),),
    ),
    ResultColumn(
        "Dtype",
        cells.dtype,
        note="number format of the model file; below it another one whose file is the same",
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
        cells.score,
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
        cells.change,
        lambda scope: f"points against {scope.baseline or 'the original'}, with p",
        "against the target's one original, the `baseline`, in percentage points; below it p of "
        "the paired test",
    ),
    ResultColumn(
        "Same as TFLite",
        cells.parity,
        lambda scope: "% of classes" if scope.metric is ACCURACY else "",
        "samples for which device and `authority`, a runtime of TensorFlow Lite, name the same "
        "class; below it the greatest difference of any output element, and of other runtimes "
        "whose outputs differ ([exactness](exactness.md))",
    ),
    ResultColumn(
        "Latency",
        cells.latency,
        lambda scope: f"{scope.latency_unit}, median" if scope.latency_unit else "",
        "median over the warm calls, one a sample; below it the 95th percentile",
        paper=(
            Paper("median latency", lambda row, _: row.latency_median),
            Paper("in", lambda row, _: row.latency_unit, "text"),
        ),
    ),
    _figure(
        "Speed",
        "speedup",
        factor,
        unit="vs original, same dtype",
        paper="speed-up",
        paper_written="factor",
    ),
    ResultColumn(
        "Energy",
        cells.energy,
        "µJ per inference",
        "measured, below it half the width of its 95 % interval, or an estimate; shown for targets "
        "with any ([energy](energy.md))",
        when=lambda rows: any(not missing(row.energy_uj) for row in rows),
    ),
    ResultColumn(
        "Clamped inputs",
        cells.clamped,
        "%",
        f"`inputs_saturated`: {BY_NAME['inputs_saturated'].note}; shown for targets with more than "
        f"{percent(SATURATED, 0)} % in any cell",
        when=lambda rows: any(
            not missing(row.inputs_saturated) and row.inputs_saturated > SATURATED for row in rows
        ),
    ),
    ResultColumn(
        "Warning",
        lambda row, _: "" if missing(row.warning) else str(row.warning),
        note=f"`warning`: {BY_NAME['warning'].note}; shown for targets with any",
        left=True,
        when=lambda rows: any(not missing(row.warning) and row.warning for row in rows),
    ),
    *SIZES,
)


UNDONE: tuple[Column[Any], ...] = (
    Column(
        "Cell",
        lambda row, _: f"{row.variant} {row.dtype} on {row.target}",
        plain="cell",
        left=True,
    ),
    Column(
        "What happened",
        lambda row, _: Value(cells.problem(row), style=f"problem {row.status}"),
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
