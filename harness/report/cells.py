"""Cells of the tables of results: a figure, a smaller line below it, and a key to sort by.

`row` is a row of results.csv (harness/results/columns), its columns as attributes.
"""

from __future__ import annotations

from typing import Any

from harness.report.authorities import distances_note
from harness.report.table import Scope, Value
from harness.results.wording import count, difference, missing, percent, points, probability


def sort_key(value: Any) -> float | None:
    """A figure to sort by, None where it is missing."""
    return None if missing(value) else float(value)


def variant(row: Any, _: Scope) -> Value:
    """Name; below it the method with the sparsity asked for, and another engine than codegen."""
    aim = "" if missing(row.sparsity_target) else f" {percent(row.sparsity_target, 0)} %"
    method = "" if missing(row.method) else f"{row.method}{aim}"
    if row.original:
        method = "unpruned"
    engine = "" if row.engine == "codegen" else f" · {row.engine}"
    return Value(row.variant, ("" if method == row.variant else method) + engine, row.variant)


def dtype(row: Any, _: Scope) -> Value:
    """Number format, below it another one of the variant whose model file is the same."""
    same = "" if missing(row.same_file_as) else f"same file as {row.same_file_as}"
    return Value(row.dtype, same, row.dtype)


def clamped(row: Any, _: Scope) -> Value:
    """Share of the input values that the input's quantisation clamped."""
    return Value(percent(row.inputs_saturated), sort=sort_key(row.inputs_saturated))


def score(row: Any, scope: Scope) -> Value:
    """The metric on the device, below it the 95 % interval."""
    value, low, high = (scope.metric.of(row, part) for part in ("device", "low", "high"))
    interval = "" if missing(low) else f"{percent(low)}–{percent(high)}"  # noqa: RUF001
    return Value(percent(value), interval, sort_key(value))


def change(row: Any, scope: Scope) -> Value:
    """Percentage points to the baseline, below it p of the paired test; empty of the baseline."""
    value, p = scope.metric.of(row, "delta"), scope.metric.p(row)
    if missing(p):
        return Value("", sort=sort_key(value))
    return Value(points(value), f"p {probability(p)}", sort_key(value))


def parity(row: Any, _: Scope) -> Value:
    """Share of samples with the same class, below it the greatest difference of the outputs.

    Other runtimes that differ follow, with how far the device is from each. Of a task without
    classes the difference alone.
    """
    worst = row.parity_worst_output
    parts = (
        difference(row.parity_max_lsb, row.parity_max_abs, row.samples),
        "" if missing(worst) else f"output {worst} differs most",
        distances_note(row),
    )
    off = "; ".join(filter(None, parts))
    if not missing(row.parity_argmax):
        return Value(percent(row.parity_argmax), off, sort_key(row.parity_argmax))
    lsb = row.parity_max_lsb  # no classes in which the two could agree
    return Value(off, sort=sort_key(row.parity_max_abs if missing(lsb) else lsb))


def latency(row: Any, _: Scope) -> Value:
    """Median, below it the 95th percentile."""
    tail = "" if missing(row.latency_p95) else f"p95 {count(row.latency_p95)}"
    return Value(count(row.latency_median), tail, sort_key(row.latency_median))


def energy(row: Any, _: Scope) -> Value:
    """µJ of an inference; below it the kind, and of a measured one half the interval's width."""
    if missing(row.energy_uj):
        return Value(count(None))
    note = str(row.energy_kind)
    if not missing(row.energy_low_uj):
        note = f"±{count(row.energy_high_uj - row.energy_uj)} {note}"
    return Value(count(row.energy_uj), note, sort_key(row.energy_uj))


def problem(row: Any) -> str:
    """Status and reason of a cell without figures, "" of one that ended well."""
    if row.status == "ok":
        return ""
    stage = f" at {row.stage}" if row.stage and row.status == "failed" else ""
    return f"{row.status}{stage}: {row.reason}"
