"""All figures of a run in one table: a row a cell, failed ones included."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from harness.energy.estimate import basis, estimate_uj
from harness.measure.latency import summarise
from harness.measure.metric import METRICS
from harness.measure.noninferiority import ALPHA
from harness.measure.parity import compare_outputs
from harness.measure.score import difference_p, score
from harness.measure.seeds import spread
from harness.results.baseline import baselines
from harness.results.comparison import pool
from harness.results.data import CellData, RunData, answers_of, load_run
from harness.store import Store

# The first 25 are the contract with those who read results.csv; docs/read-the-report.md has all.
COLUMNS: dict[str, str] = {
    "variant": "string",
    "method": "string",
    "sparsity_target": "float64",
    "sparsity": "float64",
    "dtype": "string",
    "engine": "string",
    "target": "string",
    "status": "string",
    "reason": "string",
    "samples": "Int64",
    "accuracy_device": "float64",
    "accuracy_tflite": "float64",
    "accuracy_keras": "float64",
    "parity_argmax": "float64",
    "parity_max_lsb": "Int64",
    "latency_median": "float64",
    "latency_p95": "float64",
    "latency_max": "float64",
    "latency_unit": "string",
    "timing_kind": "string",
    "flash_bytes": "Int64",
    "arena_bytes": "Int64",
    "stack_bytes": "Int64",
    "tflite_bytes": "Int64",
    "gzip_bytes": "Int64",
    "accuracy_low": "float64",
    "accuracy_high": "float64",
    "accuracy_delta": "float64",
    "mcnemar_p": "float64",
    "parity_max_abs": "float64",
    "latency_cold": "float64",
    "latency_min": "float64",
    "latency_iqr": "float64",
    "latency_samples": "Int64",
    "latency_distinct": "Int64",
    "speedup": "float64",
    "ram_bytes": "Int64",
    "image_flash_bytes": "Int64",
    "flash_limit": "Int64",
    "ram_limit": "Int64",
    "weights_bytes": "Int64",
    "macs": "Int64",
    "nonzero_macs": "Int64",
    "parameters": "Int64",
    "nonzero_parameters": "Int64",
    "header_bytes": "Int64",
    "bracket": "float64",
    "counter": "string",
    "counter_hz": "Int64",
    "clock_hz": "Int64",
    "core": "string",
    "retries": "Int64",
    "stage": "string",
    "build_id": "string",
    "sha256": "string",
    "original": "boolean",
    "seeds": "Int64",
    "accuracy_seeds_mean": "float64",
    "accuracy_seeds_sd": "float64",
    "kept_epoch": "Int64",
    "task": "string",
    **{
        name: "float64"
        for metric in METRICS.values()
        if metric.name != "accuracy"
        for name in (
            f"{metric.name}_device",
            f"{metric.name}_tflite",
            f"{metric.name}_keras",
            f"{metric.name}_low",
            f"{metric.name}_high",
            f"{metric.name}_delta",
            metric.p_column,
            f"{metric.name}_seeds_mean",
            f"{metric.name}_seeds_sd",
        )
    },
    "mae_device": "float64",
    "energy_uj": "float64",
    "energy_low_uj": "float64",
    "energy_high_uj": "float64",
    "energy_sd_uj": "float64",
    "energy_above_idle_uj": "float64",
    "energy_idle_mw": "float64",
    "energy_windows": "Int64",
    "energy_invocations": "Int64",
    "energy_kind": "string",
    "energy_how": "string",
    "energy_reason": "string",
    "baseline": "string",
    "largest_drop": "float64",
    "compared_samples": "Int64",
}
FROM_ARTIFACT = (
    "method",
    "sparsity_target",
    "sparsity",
    "tflite_bytes",
    "gzip_bytes",
    "header_bytes",
    "macs",
    "nonzero_macs",
    "parameters",
    "nonzero_parameters",
    "sha256",
)
FROM_FACTS = (
    "latency_unit",
    "timing_kind",
    "flash_bytes",
    "arena_bytes",
    "stack_bytes",
    "ram_bytes",
    "image_flash_bytes",
    "flash_limit",
    "ram_limit",
    "weights_bytes",
    "bracket",
    "counter",
    "counter_hz",
    "clock_hz",
    "core",
    "retries",
)


def results_frame(store: Store, run_id: int) -> pd.DataFrame:
    """The run's table; what was not measured is missing (NA), never 0. Raises StoreError."""
    return frame_of(load_run(store, run_id))


def frame_of(data: RunData) -> pd.DataFrame:
    """The table of a run that is loaded already, with the columns and dtypes of COLUMNS."""
    originals = baselines(data)
    rows = [_row(data, cell, originals.get(cell.record.key.target)) for cell in data.cells]
    columns = {
        name: pd.Series([row.get(name) for row in rows], dtype=dtype)
        for name, dtype in COLUMNS.items()
    }
    return pd.DataFrame(columns)


def _row(data: RunData, cell: CellData, baseline: CellData | None) -> dict[str, Any]:
    record, artifact, name = cell.record, cell.artifact, data.metric.name
    row: dict[str, Any] = {
        "variant": record.key.variant,
        "dtype": record.key.dtype,
        "engine": record.key.engine,
        "target": record.key.target,
        "status": record.status,
        "stage": record.stage,
        "reason": record.reason or cell.remark or _not_run(cell),
        "build_id": record.build_id,
        "samples": len(cell.samples.index) or None,
        "original": cell.original,
        "task": data.run.task,
        **{fact: record.facts.get(fact) for fact in FROM_FACTS},
    }
    if artifact is not None:
        row |= {fact: getattr(artifact, fact) for fact in FROM_ARTIFACT}
        row[f"{name}_keras"] = artifact.keras_score
        row["kept_epoch"] = artifact.kept_epochs[-1] if artifact.kept_epochs else None
        if artifact.seed_scores:
            found = spread(list(artifact.seed_scores.values()))
            row |= {
                "seeds": found.n,
                f"{name}_seeds_mean": found.mean,
                f"{name}_seeds_sd": found.sd,
            }
        if data.labelled and len(artifact.reference_outputs) == len(data.run.labels):
            outputs, labels = artifact.reference_outputs, data.run.labels
            said = answers_of(data.run, artifact, outputs, np.arange(len(outputs)))
            row[f"{name}_tflite"] = score(data.run.task, said, labels).value
    if record.status == "ok":
        row |= _latency(data, cell) | _score(data, cell, baseline) | _parity(data, cell)
        row |= _energy(record.facts, row["latency_median"])
    return row


def _not_run(cell: CellData) -> str:
    if cell.record.status != "pending":
        return ""
    return f"not finished: the run stopped after {len(cell.samples.index)} samples of this cell"


def _latency(data: RunData, cell: CellData) -> dict[str, Any]:
    found = summarise(
        cell.samples.counts, cell.samples.calls, cold=cell.record.facts.get("latency_cold")
    )
    original = data.original_of(cell)
    speedup = None
    if original is not None and original.record.status == "ok":
        before = summarise(original.samples.counts, original.samples.calls).median
        speedup = before / found.median if found.median > 0 else None
    return {
        "latency_median": found.median,
        "latency_p95": found.p95,
        "latency_max": found.maximum,
        "latency_min": found.minimum,
        "latency_iqr": found.iqr,
        "latency_cold": found.cold,
        "latency_samples": found.n or None,
        "latency_distinct": found.distinct or None,
        "speedup": speedup,
    }


def _energy(facts: dict[str, Any], latency: float) -> dict[str, Any]:
    """Measured where a probe did, else estimated where a datasheet tells the current."""
    found = facts.get("energy")
    reason = {"energy_reason": facts.get("energy_reason")}
    if found is not None:
        return {
            "energy_uj": found["uj"],
            "energy_low_uj": found["low_uj"],
            "energy_high_uj": found["high_uj"],
            "energy_sd_uj": found["sd_uj"],
            "energy_above_idle_uj": found["above_idle_uj"],
            "energy_idle_mw": found["idle_mw"],
            "energy_windows": found["windows"],
            "energy_invocations": found["invocations"],
            "energy_kind": "measured",
            "energy_how": f"measured ({found['probe']}, {found['windows']} windows)",
        }
    uj = estimate_uj(facts, latency)
    if uj is None or np.isnan(uj):
        return reason
    how = {"energy_kind": "estimate", "energy_how": basis(facts["current"])}
    return reason | how | {"energy_uj": uj}


def _score(data: RunData, cell: CellData, baseline: CellData | None) -> dict[str, Any]:
    if not data.labelled or cell.said is None:
        return {}
    task, metric, index = data.run.task, data.metric, cell.samples.index
    found = score(task, cell.said, data.run.labels[index])
    row: dict[str, Any] = {
        f"{metric.name}_device": found.value,
        f"{metric.name}_low": found.low,
        f"{metric.name}_high": found.high,
        "mae_device": found.mae,
    }
    if baseline is None or baseline.said is None:
        return row
    row["baseline"] = baseline.name
    if baseline is cell:
        return row | {f"{metric.name}_delta": 0.0}
    before = score(task, baseline.said, data.run.labels[baseline.samples.index])
    row[f"{metric.name}_delta"] = found.value - before.value
    pooled = pool(data, cell, baseline)
    if pooled is not None:
        tested = slice(pooled.test)
        said, other, labels = pooled.said[tested], pooled.other[tested], pooled.labels[tested]
        row[metric.p_column] = difference_p(task, said, other, labels)
        row["largest_drop"] = pooled.change.limit(ALPHA)
        row["compared_samples"] = pooled.change.n
    return row


def _parity(data: RunData, cell: CellData) -> dict[str, Any]:
    if cell.outputs is None or cell.artifact is None:
        return {}
    found = compare_outputs(cell.outputs, cell.artifact.reference_outputs[cell.samples.index])
    return {
        "parity_argmax": found.argmax if data.run.task == "classification" else None,
        "parity_max_lsb": found.max_lsb,
        "parity_max_abs": found.max_abs,
    }
