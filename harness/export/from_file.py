"""A shipment from a model file, with the figures of the newest run that measured it."""

from __future__ import annotations

from pathlib import Path

from harness.boards.catalogue import check_targets, load_catalogue
from harness.codegen.prefer import BALANCED, Prefer
from harness.export.from_run import figures_of, origin_of, same_outputs
from harness.export.names import library_name
from harness.export.shipment import Figures, Shipment, Vectors, check_interface
from harness.project import Project
from harness.results.data import CellData, RunData, load_run
from harness.results.engines import CODEGEN
from harness.results.table import frame_of
from harness.run.inputs import InputSource
from harness.store import Store
from harness.workload.model_file import compile_file
from harness.workload.workload import Workload, prepare


def from_file(
    model: Path,
    target: str,
    source: InputSource,
    project: Project,
    store: Store | None,
    name: str = "",
    prefer: Prefer = BALANCED,
) -> Shipment:
    """Return the file compiled for the target's core, with vectors from `source`.

    Outputs and counts are those of the newest run in `store` that measured this file on the target
    with the same inputs, else the reference's. Raises InputError, ModelError, ReferenceFailed,
    DataError.
    """
    check_targets([target])
    spec = load_catalogue()[target]
    tflite, compiled = compile_file(model, spec.core, prefer)
    check_interface(compiled)
    library = library_name(name or model.stem)
    given = source.read(compiled)
    workload = prepare(
        variant=model.stem,
        dtype=compiled.input.dtype,
        tflite=tflite,
        samples=given.samples,
        cache_dir=project.cache,
        frames=given.stream.frames,
    )
    vectors = Vectors(workload.inputs, workload.reference, "reference", frames=workload.frames)
    figures: Figures | None = None
    origin: dict[str, object] = {"data": source.name}
    found = _measured(store, workload, target) if store is not None else None
    if found is not None:
        data, place = found
        figures, origin = figures_of(data, frame_of(data), place), origin | origin_of(data)
        vectors = _measured_vectors(data.cells[place], workload) or vectors
    return Shipment(
        name=library,
        title=model.stem,
        spec=spec,
        tflite=tflite,
        compiled=compiled.renamed(library),
        vectors=vectors,
        figures=figures,
        origin=origin,
    )


def _measured(store: Store, workload: Workload, target: str) -> tuple[RunData, int] | None:
    """Return the newest run with this file on this target, and the place of its cell."""
    for run_id in range(store.latest_run() or 0, 0, -1):
        names = {
            (each.variant, each.dtype)
            for each in store.artifacts(run_id)
            if each.sha256 == workload.sha256
        }
        if not names:
            continue
        data = load_run(store, run_id)
        for place, cell in enumerate(data.cells):
            key = cell.record.key
            here = (key.engine, key.target) == (CODEGEN, target)
            if here and (key.variant, key.dtype) in names and cell.outputs is not None:
                return data, place
    return None


def _measured_vectors(cell: CellData, workload: Workload) -> Vectors | None:
    """Return the device's outputs where the run measured the same inputs."""
    if cell.artifact is None or cell.outputs is None:
        return None
    if not same_outputs(workload.reference, cell.artifact.reference_outputs):
        return None
    inputs = workload.inputs[cell.samples.index]
    return Vectors(inputs, cell.outputs, "device", cell.samples.counts, workload.frames)
