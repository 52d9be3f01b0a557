"""The run of a plan: its variants on every target, into the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from harness.boards.catalogue import load_catalogue
from harness.energy.probes import require_packages
from harness.errors import (
    ConversionFailed,
    DataError,
    HarnessError,
    InputError,
    ModelError,
    ReferenceFailed,
)
from harness.measure.score import score
from harness.measure.streams import FRAMES_HINT, INDEPENDENT, Stream
from harness.plan.plan import Plan
from harness.project import Project
from harness.results.data import SEEN, STREAM
from harness.results.engines import CODEGEN
from harness.results.wording import numbered
from harness.run import Event, Execution
from harness.run.artifact import describe
from harness.run.decision import decision_of
from harness.run.provenance import provenance
from harness.run.resumed import check_same
from harness.run.selection import Selection
from harness.run.settings import RunSettings, tflm_engine
from harness.run.stages import stage_of
from harness.run.trace import PLAN, Trace
from harness.store import Artifact, CellKey, Store
from harness.training.converted import read_model_file
from harness.variants.build import build_variants
from harness.variants.built import Built
from harness.variants.progress import Progress
from harness.workload.authority import Authority, authority_named
from harness.workload.workload import Workload, prepare


class Observer(Protocol):
    """Takes the progress of a plan's run, from any thread."""

    def train(self, progress: Progress) -> None:
        """Take a step of the training of one variant."""
        ...

    def tell(self, event: Event) -> None:
        """Take a step of a cell."""
        ...


def run_plan(
    plan: Plan,
    plan_text: str,
    project: Project,
    store: Store,
    observer: Observer,
    *,
    resume: bool,
    tflm_library: Path | None = None,
    transcripts: bool = False,
    trace: Trace | None = None,
) -> int:
    """Build, measure and record every cell of the plan; return the run's id in the store.

    With `resume` the newest unfinished run of the same plan goes on: finished cells stay.
    `tflm_library` is the folder of the library of the engine `tflm`; it overrides the plan's.
    `transcripts` keeps those of all connections, not of failed ones only. `trace` takes the steps.
    Raises InputError where nothing can be resumed, StoreError where the variants changed since.
    """
    targets = plan.matrix.targets
    require_packages(plan.energy, targets)
    run_id = store.unfinished_run(plan.digest) if resume else None
    if resume and run_id is None:
        raise InputError(
            "there is no unfinished run of this plan to resume", where=plan.name, hint="harness run"
        )
    trace = trace or Trace()
    settings = settings_of(plan, project, tflm_library)
    settings = replace(settings, transcripts=transcripts, trace=trace)
    with trace.span("variants", PLAN):
        built = build_variants(
            plan, cache_dir=project.cache, on_progress=observer.train, judges=settings.judges
        )
    chosen = Selection.of(plan, built)
    labels = built.test_y[chosen.test]
    samples = built.test_x[chosen.test]
    stream = _stream(plan, samples)
    with trace.span("code and reference outputs", PLAN):
        workloads, unusable = _workloads(
            plan, built, project, samples, settings.authority, stream.frames
        )
        artifacts = [_artifact(plan, built, workload, chosen, project) for workload in workloads]
    if run_id is not None:
        check_same(store, run_id, artifacts, labels)
    facts = provenance(project, targets, settings.tflm, settings.prefer) if run_id is None else {}
    with store.transaction():  # a kill leaves a run with all of its rows, or none
        if run_id is None:
            run_id = store.begin_run(
                plan_name=plan.name,
                plan_text=plan_text,
                plan_digest=plan.digest,
                provenance=facts
                | {"seed": plan.seed, "dataset": built.dataset}
                | {"dataset_digest": built.dataset_digest}
                | ({SEEN: built.seen} if built.seen else {})
                | ({STREAM: stream.record} if plan.data.stream else {})
                | ({"classes": numbered(built.class_names)} if built.class_names else {}),
                labels=labels,
                classes=built.classes,
                task=built.task,
                samples=samples if built.task == "anomaly" else None,
                validation_labels=built.validation_y[chosen.validation],
            )
        kept = {(item.variant, item.dtype) for item in store.artifacts(run_id)}
        for artifact in artifacts:
            if (artifact.variant, artifact.dtype) not in kept:
                store.put_artifact(run_id, artifact)
        for key in (*unusable, *cell_keys(workloads, targets, settings.engines)):
            store.put_cell(run_id, key)
    for key, error in unusable.items():
        stage = stage_of(error)
        store.fail_cell(store.put_cell(run_id, key), stage, str(error))
        observer.tell(Event(key, stage.status, note=str(error)))
    measure_all(workloads, targets, project, store, run_id, settings, observer.tell)
    return run_id


def measure_all(
    workloads: Sequence[Workload],
    targets: Sequence[str],
    project: Project,
    store: Store,
    run_id: int,
    settings: RunSettings,
    on_event: Callable[[Event], None],
) -> None:
    """Measure the workloads on the targets with each engine; mark the run finished if no cell
    failed."""
    catalogue = load_catalogue()
    done = frozenset(cell.key for cell in store.cells(run_id) if cell.settled)
    execution = Execution(project, store, run_id, settings, on_event)
    execution.run(workloads, [catalogue[name] for name in targets], done)
    if not failed_cells(store, run_id):
        store.finish_run(run_id)


def cell_keys(
    workloads: Sequence[Workload], targets: Sequence[str], engines: Sequence[str]
) -> list[CellKey]:
    """Return the cells of the workloads in the order in which they are measured."""
    return [
        CellKey(workload.variant, workload.dtype, engine, target)
        for target in targets
        for workload in workloads
        for engine in engines
    ]


def failed_cells(store: Store, run_id: int) -> list[CellKey]:
    """Return the cells that are neither ok nor refused."""
    return [cell.key for cell in store.cells(run_id) if not cell.settled]


def empty_variants(store: Store, run_id: int) -> list[str]:
    """Return the variants without a measured cell, in the order of the run."""
    cells = store.cells(run_id)
    measured = {cell.key.variant for cell in cells if cell.status == "ok"}
    return list(dict.fromkeys(c.key.variant for c in cells if c.key.variant not in measured))


def settings_of(plan: Plan, project: Project, tflm_library: Path | None) -> RunSettings:
    """Return the plan's settings.

    Raises InputError where TFLM's library or the authority's package is missing.
    """
    if tflm_library is None and plan.tflm.library is not None:
        tflm_library = Path(plan.tflm.library)
    engines = plan.matrix.engines
    return RunSettings(
        warmup=plan.measure.warmup,
        ports=plan.ports,
        power=plan.power,
        engines=engines,
        tflm=tflm_engine(project, engines, plan.matrix.targets, tflm_library),
        layers=plan.measure.layers,
        prefer=plan.matrix.prefer,
        energy=plan.energy,
        authority=authority_named(plan.measure.authority) if plan.measure.authority else None,
    )


def _workloads(
    plan: Plan,
    built: Built,
    project: Project,
    samples: np.ndarray,
    authority: Authority | None = None,
    frames: int = 1,
) -> tuple[list[Workload], dict[CellKey, HarnessError]]:
    """Return the plan's workloads, and the errors of cells whose model file gives none.

    A ModelError refuses the cell. Damage, failed conversions and failures of the reference fail it
    (see stage_of).
    """
    workloads: list[Workload] = []
    unusable: dict[CellKey, HarnessError] = {}
    for variant in built.variants:
        for dtype in plan.matrix.dtypes:
            try:
                workload = prepare(
                    variant=variant.name,
                    dtype=dtype,
                    tflite=read_model_file(variant.files[dtype]),
                    samples=samples,
                    cache_dir=project.cache,
                    authority=authority,
                    codegen_only=set(plan.matrix.engines) == {CODEGEN},
                    frames=frames,
                )
            except (ConversionFailed, ModelError, ReferenceFailed) as error:
                cells = (
                    CellKey(variant.name, dtype, engine, name)
                    for engine in plan.matrix.engines
                    for name in plan.matrix.targets
                )
                unusable |= dict.fromkeys(cells, error)
            else:
                workloads.append(workload)
    return workloads, unusable


def _stream(plan: Plan, samples: np.ndarray) -> Stream:
    """Return the frames of samples (N, ...), in streams (N, frames, ...). Raises DataError."""
    if not plan.data.stream:
        return INDEPENDENT
    if samples.ndim < 2 or not samples.shape[1]:
        raise DataError(
            f"samples of shape {samples.shape[1:]} have no frames",
            where=plan.data.file or plan.data.entry or plan.model.source,
            hint=FRAMES_HINT,
        )
    return Stream(samples.shape[1], plan.data.score)


def _artifact(
    plan: Plan, built: Built, workload: Workload, chosen: Selection, project: Project
) -> Artifact:
    variant = next(variant for variant in built.variants if variant.name == workload.variant)
    predictions = variant.keras_predictions
    keras_score = variant.keras_score
    if predictions is not None:  # of the measured samples, as the device's score is
        predictions = predictions[chosen.test]
        keras_score = score(built.task, predictions, built.test_y[chosen.test]).value
    held = chosen.validation_outputs(workload, built, project.cache)
    return describe(
        workload,
        validation_outputs=held,
        method=variant.method,
        sparsity_target=variant.sparsity_target,
        sparsity=variant.sparsity,
        parameters=variant.parameters,
        nonzero_parameters=variant.nonzero_parameters,
        keras_score=keras_score,
        keras_predictions=predictions,
        history=variant.history,
        layer_targets=variant.layer_targets,
        layer_sparsity=variant.layer_sparsity,
        layer_parameters=variant.layer_parameters,
        kept_epochs=variant.kept_epochs,
        decision=decision_of(
            built.task,
            workload,
            plan.model.threshold,
            variant.threshold,
            held,
            built.validation_y[chosen.validation],
        ),
        seed_scores={str(seed): value for seed, value in variant.seed_scores.items()},
    )
