"""`harness bench`: one model file straight onto targets, on given or random inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from harness.codegen import read_model
from harness.codegen.weights import count_weights
from harness.errors import DataError
from harness.project import Project
from harness.results.engines import CODEGEN
from harness.run import Event
from harness.run.artifact import describe
from harness.run.inputs import LABELS_HINT, RANDOM_SAMPLES, load_npz, random_inputs
from harness.run.plan_run import measure_all, tflm_engine
from harness.run.provenance import provenance
from harness.store import Store
from harness.workload.model_file import compile_file
from harness.workload.workload import Workload, prepare

WARMUP = 1


def bench_model(
    model: Path,
    targets: Sequence[str],
    project: Project,
    store: Store,
    *,
    data: Path | None,
    samples: int | None,
    seed: int,
    ports: dict[str, str],
    on_event: Callable[[Event], None],
    wait_s: float = 0.0,
    engines: Sequence[str] = (CODEGEN,),
    tflm_library: Path | None = None,
) -> tuple[int, Workload]:
    """Measure `model` on `targets`; returns the run's id and the workload that was measured.

    Boards in use are waited for `wait_s` seconds. `tflm_library` is the folder of the engine
    `tflm`'s library.
    Raises InputError where the file cannot be read or is not a model the engine can run.
    """
    tflm = tflm_engine(project, engines, targets, tflm_library)
    tflite, compiled = compile_file(model)
    weights = count_weights(read_model(tflite))
    inputs = (
        load_npz(data, samples)
        if data
        else random_inputs(compiled, samples or RANDOM_SAMPLES, seed)
    )
    workload = prepare(
        variant=model.stem,
        dtype=compiled.input.dtype,
        tflite=tflite,
        samples=inputs.samples,
        cache_dir=project.cache,
    )
    outputs = int(np.prod(workload.reference.shape[1:]))
    if inputs.labels.size and inputs.labels.max() >= max(outputs, 2):
        raise DataError(
            f"label {inputs.labels.max()} with a model of {outputs} outputs",
            where=str(data),
            hint=LABELS_HINT,
        )
    run_id = store.begin_run(
        plan_name=f"bench-{model.stem}",
        plan_text="",
        plan_digest=workload.sha256,
        provenance=provenance(project, targets, tflm)
        | {"seed": seed, "model": model.name, "data": data.name if data else "random inputs"},
        labels=inputs.labels,
        classes=outputs if inputs.labels.size else 0,
    )
    store.put_artifact(
        run_id,
        describe(
            workload,
            method="file",
            sparsity_target=None,
            sparsity=weights.sparsity,
            parameters=weights.parameters,
            nonzero_parameters=weights.nonzero_parameters,
            keras_score=None,
            keras_predictions=None,
            history={},
        ),
    )
    measure_all(
        [workload],
        targets,
        project,
        store,
        run_id,
        warmup=WARMUP,
        ports=ports,
        wait_s=wait_s,
        engines=engines,
        tflm=tflm,
        on_event=on_event,
    )
    return run_id, workload


def save_io(path: Path, store: Store, run_id: int, workload: Workload) -> None:
    """Write `inputs`, `outputs` (raw device outputs) and `counts` of the run's only cell.

    With several targets the arrays of the others follow as `outputs_TARGET`, `counts_TARGET`, and
    those of the engine `tflm` have `_tflm` behind that.
    """
    arrays: dict[str, np.ndarray] = {"inputs": workload.inputs}
    dtype = np.dtype(workload.compiled.output.dtype)
    shape = workload.reference.shape[1:]
    measured = [cell for cell in store.cells(run_id) if cell.status == "ok"]
    for position, cell in enumerate(measured):
        table = store.samples(cell.id)
        suffix = "" if position == 0 else f"_{cell.key.target}"
        if position and cell.key.engine != CODEGEN:
            suffix += f"_{cell.key.engine}"
        raw = [np.frombuffer(output, dtype=dtype).reshape(shape) for output in table.outputs]
        arrays[f"outputs{suffix}"] = np.stack(raw)
        arrays[f"counts{suffix}"] = table.counts
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, allow_pickle=False, **arrays)
