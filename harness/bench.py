"""`harness bench`: one model file straight onto targets, on given or random inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.codegen import CompiledModel, read_model
from harness.codegen.weights import count_weights
from harness.engines import CODEGEN
from harness.errors import DataError, InputError
from harness.execution import Event
from harness.model_file import compile_file
from harness.npz import read_npz
from harness.project import Project
from harness.run import describe, measure_all, provenance, tflm_engine
from harness.store import Store
from harness.workload import Workload, prepare

RANDOM_SAMPLES = 20
WARMUP = 1
NPZ_HINT = "write it with numpy.savez(path, x=samples, y=labels)"
LABELS_HINT = "labels are whole numbers from 0: the place of the class in the model's output"


@dataclass(frozen=True)
class BenchInputs:
    """Samples (N, ...) real-valued or raw, labels (N,) or empty where they are not known."""

    samples: np.ndarray
    labels: np.ndarray


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


def random_inputs(compiled: CompiledModel, samples: int, seed: int) -> BenchInputs:
    """Uniform inputs: the whole range of an integer type, or [-1, 1) for float32 models."""
    generator = np.random.default_rng(seed)
    shape = (samples, *compiled.input.shape[1:])
    try:
        if compiled.input.dtype != "float32":
            low, high = np.iinfo(compiled.input.dtype).min, np.iinfo(compiled.input.dtype).max
            drawn = generator.integers(low, high, shape, compiled.input.dtype, endpoint=True)
        else:
            drawn = generator.uniform(-1, 1, shape).astype(np.float32)
    except (MemoryError, ValueError) as error:
        raise InputError(
            f"{samples:,} random samples do not fit into memory", hint="give fewer: --samples"
        ) from error
    return BenchInputs(drawn, np.empty(0, dtype=np.int64))


def load_npz(path: Path, samples: int | None) -> BenchInputs:
    """Array `x` (N, ...) and, optionally, labels `y` (N,) of an .npz file. Raises DataError."""
    arrays = read_npz(path, NPZ_HINT)
    if "x" not in arrays:
        raise DataError(
            f"there is no array 'x', only {', '.join(sorted(arrays)) or 'none'}",
            where=str(path),
            hint=NPZ_HINT,
        )
    x, y = arrays["x"], arrays.get("y", np.empty(0, dtype=np.int64))
    if x.ndim == 0 or len(x) == 0:
        raise DataError("array 'x' holds no samples", where=str(path))
    if x.dtype.kind not in "biuf":
        raise DataError(f"array 'x' is {x.dtype}, not real numbers", where=str(path), hint=NPZ_HINT)
    if y.size:
        _check_labels(y, len(x), str(path))
    return BenchInputs(x[:samples], y[:samples])


def _check_labels(labels: np.ndarray, samples: int, where: str) -> None:
    if labels.shape != (samples,):
        said = f"{len(labels)} labels" if labels.ndim == 1 else f"labels of shape {labels.shape}"
        raise DataError(f"{samples} samples but {said}", where=where, hint="one label a sample")
    numbers = labels.dtype.kind in "biuf"
    if not numbers or (labels < 0).any() or (labels != np.floor(labels)).any():
        raise DataError("array 'y' holds no class numbers", where=where, hint=LABELS_HINT)


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
