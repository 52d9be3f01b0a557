"""The figures of a run that a baseline holds, read from the store."""

from __future__ import annotations

import hashlib
from math import isfinite
from typing import Any

import numpy as np

from harness.compare.baseline import Baseline, CellFigures, RunTime
from harness.compare.packed import pack
from harness.compare.tools import tools_of
from harness.measure.board_runs import RUNS, log_mean
from harness.measure.latency import is_deterministic, summarise
from harness.measure.parity import compare_outputs
from harness.measure.score import score
from harness.results.data import CellData, RunData, load_run
from harness.store import CellRecord, RunRecord, SampleTable, Store

HARDWARE = "hardware"
LOOK_BACK = 30  # earlier runs of the store among which those of the same image are sought


def of_run(store: Store, run_id: int) -> Baseline:
    """The figures of a run; of boards also the times of earlier runs of the same image.

    Raises StoreError.
    """
    data = load_run(store, run_id)
    labels = hashlib.sha256(data.run.labels.tobytes()).hexdigest() if data.labelled else ""
    runs = _board_runs(store, data)
    return Baseline(
        plan=data.run.plan_name,
        commit=str(data.run.provenance.get("commit", "")),
        labels=labels[:16],
        cells={
            name: _figures(data, cell, runs.get(name, ()))
            for cell in data.cells
            for name in [_name(cell.record)]
        },
    )


def _board_runs(store: Store, data: RunData) -> dict[str, tuple[RunTime, ...]]:
    """By cell the newest runs of the same image on the same board, this run's last."""
    boards = {
        _name(cell.record): cell
        for cell in data.cells
        if cell.record.status == "ok" and cell.record.facts.timing_kind == HARDWARE
    }
    found = {name: [_run_time(data.run, cell.samples)] for name, cell in boards.items()}
    earlier = range(data.run.id - 1, max(0, data.run.id - 1 - LOOK_BACK), -1) if boards else ()
    for run in map(store.run, earlier):
        if run.plan_name != data.run.plan_name:
            continue
        for record in store.cells(run.id):
            mine = boards.get(_name(record))
            if mine is not None and len(found[_name(record)]) < RUNS and _same(record, mine.record):
                found[_name(record)].append(_run_time(run, store.samples(record.id)))
    return {name: tuple(reversed(runs)) for name, runs in found.items()}


def _same(record: CellRecord, other: CellRecord) -> bool:
    board, wanted = record.facts.board, other.facts.board
    return record.status == "ok" and record.build_id == other.build_id and board == wanted


def _run_time(run: RunRecord, samples: SampleTable) -> RunTime:
    warm = samples.counts[samples.calls != 1]
    return RunTime(
        started=run.started.isoformat(),
        log_time=log_mean(warm),
        samples=int(np.isfinite(warm).sum()),
    )


def _name(cell: CellRecord) -> str:
    key = cell.key
    return f"{key.variant}/{key.dtype}/{key.engine}/{key.target}"


def _figures(data: RunData, cell: CellData, runs: tuple[RunTime, ...]) -> CellFigures:
    record, facts = cell.record, cell.record.facts
    sha256 = cell.artifact.sha256[:16] if cell.artifact is not None else ""
    if record.status != "ok":
        return CellFigures(status=record.status, reason=record.reason, sha256=sha256)
    samples = cell.samples
    latency = summarise(samples.counts, samples.calls)
    counts = np.where(samples.calls == 1, np.nan, samples.counts)
    rate = facts.counter_hz if facts.latency_unit == "us" else None
    return CellFigures(
        status=record.status,
        sha256=sha256,
        timing_kind=facts.timing_kind,
        latency_unit=facts.latency_unit,
        latency_median=latency.median if latency.n else None,
        latency_max=latency.maximum if latency.n else None,
        flash_bytes=facts.flash_bytes,
        ram_bytes=facts.ram_bytes,
        arena_bytes=facts.arena_bytes,
        stack_bytes=facts.stack_bytes,
        samples=len(samples.index),
        right=_right(data, cell),
        score=_score(data, cell),
        counts=pack(counts) if is_deterministic(facts.timing_kind or "") else None,
        runs=tuple(run for run in runs if isfinite(run.log_time)),
        tick=1e6 / rate if rate else None,
        layers={layer.name: layer.count for layer in facts.layers if layer.count is not None},
        layer_errors={layer.name: layer.error for layer in facts.layers if layer.error},
        tools=tools_of(record.key.target, data.run.provenance),
        **_parity(cell),
    )


def _parity(cell: CellData) -> dict[str, Any]:
    if cell.outputs is None or cell.artifact is None:
        return {}
    found = compare_outputs(cell.outputs, cell.artifact.reference_outputs[cell.samples.index])
    return {
        "parity_max_lsb": found.max_lsb,
        "parity_max_abs": found.max_abs,
        "authority": f"{cell.artifact.authority} {cell.artifact.authority_version}".strip(),
        "tolerance_lsb": cell.artifact.tolerance_lsb,
    }


def _right(data: RunData, cell: CellData) -> str | None:
    if not data.labelled or cell.said is None or data.run.task != "classification":
        return None
    right = cell.said == data.run.labels[cell.answered]
    return bytes(np.packbits(right)).hex()


def _score(data: RunData, cell: CellData) -> float | None:
    if not data.labelled or cell.said is None or data.run.task == "classification":
        return None
    return score(data.run.task, cell.said, data.run.labels[cell.answered]).value
