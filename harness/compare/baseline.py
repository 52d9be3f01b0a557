"""A run's figures as a small text file for git: what later runs are compared with."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import InputError
from harness.measure.latency import summarise
from harness.measure.parity import compare_outputs
from harness.measure.score import score
from harness.results.data import CellData, RunData, load_run
from harness.store import Store

FORMAT: Literal["tinyml-harness baseline"] = "tinyml-harness baseline"
VERSION: Literal[1] = 1
PLACE = "name another file, baseline.json: --accept replaces nothing but a baseline"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CellFigures(_Part):
    """What one cell measured; None where it was not measured.

    Sizes in bytes, `latency_*` in `latency_unit`. `right`: for each test sample in order whether
    the device named its class, as hexadecimal bits (numpy.packbits); `score`: R² or AUC of other
    tasks. `times` are all warm samples
    of a board, in order; simulators need none, for their counts are the same in every run.
    `layers`: counts by layer, "index kind", where the run measured them; `layer_errors`: what
    layers' outputs differ from TFLite's, in LSB or absolute, where they differ.
    """

    status: str
    reason: str = ""
    sha256: str = ""
    timing_kind: str | None = None
    latency_unit: str | None = None
    latency_median: float | None = None
    latency_max: float | None = None
    flash_bytes: int | None = None
    ram_bytes: int | None = None
    arena_bytes: int | None = None
    stack_bytes: int | None = None
    parity_max_lsb: int | None = None
    parity_max_abs: float | None = None
    samples: int = 0
    right: str | None = Field(default=None, pattern=r"^([0-9a-f]{2})*$")
    score: float | None = None
    times: tuple[float, ...] | None = None
    layers: dict[str, float] = {}
    layer_errors: dict[str, float] = {}

    def right_samples(self) -> np.ndarray | None:
        """Booleans (samples,), or None where there are no labels."""
        if self.right is None:
            return None
        bits = np.unpackbits(np.frombuffer(bytes.fromhex(self.right), dtype=np.uint8))
        return bits[: self.samples].astype(bool)


class Baseline(_Part):
    """A run: cells by "variant/dtype/engine/target". `labels` is a digest of the test labels."""

    format: Literal["tinyml-harness baseline"] = FORMAT
    version: Literal[1] = VERSION
    plan: str
    commit: str = ""
    labels: str = ""
    cells: dict[str, CellFigures]


def of_run(store: Store, run_id: int) -> Baseline:
    """The figures of a run. Raises StoreError."""
    data = load_run(store, run_id)
    labels = hashlib.sha256(data.run.labels.tobytes()).hexdigest() if data.labelled else ""
    return Baseline(
        plan=data.run.plan_name,
        commit=str(data.run.provenance.get("commit", "")),
        labels=labels[:16],
        cells={_name(cell): _figures(data, cell) for cell in data.cells},
    )


def read(path: Path) -> Baseline:
    """Read a baseline. Raises InputError for a file that is missing, cut off or something else."""
    hint = "harness compare BASELINE RUN --accept writes one"
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = f"cannot read the baseline: {error.strerror}"
        raise InputError(reason, where=str(path), hint=hint) from error
    except ValueError as error:
        reason = f"this is no baseline: {error}"
        raise InputError(reason, where=str(path), hint=hint) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError("this JSON file is no baseline", where=str(path), hint=hint)
    if content.get("version") != VERSION:
        raise InputError(
            f"the baseline has version {content.get('version')}, this harness reads {VERSION}",
            where=str(path),
            hint="accept the current run anew: --accept",
        )
    try:
        return Baseline.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"the baseline is damaged at {key}: {first['msg']}", where=str(path), hint=hint
        ) from error


def write(path: Path, baseline: Baseline) -> None:
    """Write the file whole or not at all, a figure a line, so that a diff shows what changed.

    Raises InputError, also where the file that it would replace is something else.
    """
    _check_place(path)
    text = json.dumps(baseline.model_dump(mode="json", exclude_defaults=True), indent=1)
    head = {"format": FORMAT, "version": VERSION}
    content = json.dumps(head | json.loads(text), indent=1, sort_keys=False) + "\n"
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(content, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise InputError(
            f"cannot write the baseline: {error.strerror}", where=str(path), hint="another path"
        ) from error


def _check_place(path: Path) -> None:
    if path.suffix == ".sqlite":
        raise InputError("a results store ends so, no baseline", where=str(path), hint=PLACE)
    try:
        kept = path.read_bytes() if path.is_file() else b""
    except OSError as error:
        reason = f"cannot read what is there: {error.strerror}"
        raise InputError(reason, where=str(path), hint=PLACE) from error
    if kept and FORMAT.encode() not in kept:
        raise InputError("the file that is there is no baseline", where=str(path), hint=PLACE)


def _name(cell: CellData) -> str:
    key = cell.record.key
    return f"{key.variant}/{key.dtype}/{key.engine}/{key.target}"


def _figures(data: RunData, cell: CellData) -> CellFigures:
    record, facts = cell.record, cell.record.facts
    sha256 = cell.artifact.sha256[:16] if cell.artifact is not None else ""
    if record.status != "ok":
        return CellFigures(status=record.status, reason=record.reason, sha256=sha256)
    samples = cell.samples
    latency = summarise(samples.counts, samples.calls)
    hardware = facts.timing_kind == "hardware"
    warm = samples.counts[(samples.calls != 1) & np.isfinite(samples.counts)]
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
        times=tuple(float(time) for time in warm) if hardware else None,
        layers={layer.name: layer.count for layer in facts.layers if layer.count is not None},
        layer_errors={layer.name: layer.error for layer in facts.layers if layer.error},
        **_parity(cell),
    )


def _parity(cell: CellData) -> dict[str, Any]:
    if cell.outputs is None or cell.artifact is None:
        return {}
    found = compare_outputs(cell.outputs, cell.artifact.reference_outputs[cell.samples.index])
    return {"parity_max_lsb": found.max_lsb, "parity_max_abs": found.max_abs}


def _right(data: RunData, cell: CellData) -> str | None:
    if not data.labelled or cell.said is None or data.run.task != "classification":
        return None
    right = cell.said == data.run.labels[cell.samples.index]
    return bytes(np.packbits(right)).hex()


def _score(data: RunData, cell: CellData) -> float | None:
    if not data.labelled or cell.said is None or data.run.task == "classification":
        return None
    return score(data.run.task, cell.said, data.run.labels[cell.samples.index]).value
