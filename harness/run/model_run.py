"""`harness bench`: one model file straight onto targets, on given or random inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from harness.codegen.interface import read_samples
from harness.errors import DataError
from harness.measure.parity import by_output
from harness.measure.streams import Stream
from harness.project import Project
from harness.results.data import STREAM
from harness.results.engines import CODEGEN
from harness.run import Event
from harness.run.inputs import LABELS_HINT, InputSource
from harness.run.plan_run import cell_keys, measure_all
from harness.run.provenance import provenance
from harness.run.settings import RunSettings
from harness.run.trace import PLAN
from harness.run.unplanned import begin_unplanned, put_model_file
from harness.store import Store
from harness.workload.model_file import compile_file, read_file
from harness.workload.workload import Workload, prepare


def bench_model(
    model: Path,
    targets: Sequence[str],
    project: Project,
    store: Store,
    source: InputSource,
    settings: RunSettings,
    on_event: Callable[[Event], None],
    scored: str = "",
) -> tuple[int, Workload]:
    """Measure `model` on `targets`; return the run's id and the measured workload.

    `scored` names the output that labels score, "" the first. Raises InputError where the file
    cannot be read, or codegen, as the only engine, refuses it.
    """
    with settings.trace.span("code and reference outputs", PLAN):
        workload, labels = workload_of(model, project, source, settings, scored)
    origin = provenance(project, targets, settings.tflm, settings.prefer)
    if source.stream is not None:
        origin |= {STREAM: Stream(workload.frames, source.stream).record}
    with store.transaction():
        run_id = begin_unplanned(
            store,
            f"bench-{model.stem}",
            origin | {"seed": source.seed, "model": model.name, "data": source.name},
            digest=workload.sha256,
            labels=labels,
            classes=int(np.prod(workload.scored_output.sample_shape)) if labels.size else 0,
        )
        put_model_file(store, run_id, workload)
        for key in cell_keys([workload], targets, settings.engines):
            store.put_cell(run_id, key)
    measure_all([workload], targets, project, store, run_id, settings, on_event)
    return run_id, workload


def workload_of(
    model: Path, project: Project, source: InputSource, settings: RunSettings, scored: str = ""
) -> tuple[Workload, np.ndarray]:
    """Return a model file with its inputs and reference, and labels (N,), empty where unknown.

    Raises as `bench_model`.
    """
    only = set(settings.engines) == {CODEGEN}
    tflite, facts = compile_file(model) if only else read_file(model)
    inputs = source.read(facts)
    workload = prepare(
        variant=model.stem,
        dtype=facts.input.dtype,
        tflite=tflite,
        samples=inputs.samples,
        cache_dir=project.cache,
        authority=settings.authority,
        scored=scored,
        codegen_only=only,
        frames=inputs.stream.frames,
    )
    outputs = int(np.prod(workload.scored_output.sample_shape))
    if inputs.labels.size and inputs.labels.max() >= max(outputs, 2):
        raise DataError(
            f"label {inputs.labels.max()} with a model of {outputs} outputs",
            where=str(source.data),
            hint=LABELS_HINT,
        )
    return workload, inputs.labels


def save_io(path: Path, store: Store, run_id: int, workload: Workload) -> None:
    """Write `inputs`, `outputs` (raw device outputs) and `counts` of the run's only cell.

    Further targets add `outputs_TARGET` and `counts_TARGET`; arrays of the engine `tflm` end in
    `_tflm`. Tensors of models with several have `.NAME` behind `inputs` and `outputs`.
    """
    arrays = _arrays("inputs", "", workload.inputs)
    measured = [cell for cell in store.cells(run_id) if cell.status == "ok"]
    for position, cell in enumerate(measured):
        table = store.samples(cell.id)
        suffix = "" if position == 0 else f"_{cell.key.target}"
        if position and cell.key.engine != CODEGEN:
            suffix += f"_{cell.key.engine}"
        outputs = read_samples(b"".join(table.outputs), workload.facts.outputs.tensors)
        arrays |= _arrays("outputs", suffix, outputs)
        arrays[f"counts{suffix}"] = table.counts
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, allow_pickle=False, **arrays)


def _arrays(side: str, suffix: str, samples: np.ndarray) -> dict[str, np.ndarray]:
    """Return arrays by their names in the file; a slash would be a folder in it."""
    return {
        f"{side}{suffix}{f'.{name}' if name else ''}".replace("/", "_"): values
        for name, values in by_output(samples).items()
    }
