"""A shipment from a stored run: the verdict's choice, or a named variant and dtype."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from harness.boards.catalogue import check_targets, load_catalogue
from harness.codegen import compile_model
from harness.codegen.prefer import BALANCED, preference
from harness.errors import HarnessError, InputError, PlanError, StoreError
from harness.export.names import check_unique, library_name
from harness.export.shipment import Figures, Shipment, Vectors, check_interface
from harness.nearest import nearest
from harness.plan.plan import ENCODING, Plan, load_plan, parse_plan
from harness.project import Project
from harness.report.verdict import TOLERANCE, frame_row, verdicts
from harness.results.data import CellData, RunData, load_run
from harness.results.engines import CODEGEN
from harness.results.table import frame_of
from harness.results.wording import missing
from harness.run.provenance import PREFER
from harness.run.selection import Selection
from harness.store import CellKey, Store
from harness.variants.build import build_variants
from harness.variants.built import Built
from harness.variants.progress import Progress
from harness.workload.fitting import fit_inputs


@dataclass(frozen=True)
class Wish:
    """A request for an export.

    Without `variant` and `dtype` it is the verdict's choice; `name` may be "" for one made of both.
    `plan`: the plan's file, for a plan that names other files.
    """

    target: str
    variant: str | None = None
    dtype: str | None = None
    name: str = ""
    plan: Path | None = None


def from_run(
    store: Store,
    run_id: int,
    wish: Wish,
    project: Project,
    on_progress: Callable[[Progress], None],
) -> Shipment:
    """Return the model of one measured cell with vectors of the test split.

    A model file that left the cache is built again. Raises InputError where the cell is not there
    or has no figures, StoreError where the plan gives another file now.
    """
    check_targets([wish.target])
    data = load_run(store, run_id)
    frame = frame_of(data)
    place = _place(data, frame, wish)
    check_measured(data.cells[place])
    plan = plan_of(data, wish.plan)
    built = build_variants(plan, cache_dir=project.cache, on_progress=on_progress)
    return RunModels(data, frame, plan, built).shipment(place, wish.name)


@dataclass(frozen=True)
class RunModels:
    """A run with its table, and the model files and samples that its plan builds."""

    data: RunData
    frame: pd.DataFrame
    plan: Plan
    built: Built

    def shipment(self, place: int, name: str = "") -> Shipment:
        """Return the model of the cell at `place`, which ended well.

        Raises InputError where `name`, or the one made of variant and dtype, cannot be used, and
        StoreError where the plan gives another file or other samples than the run measured.
        """
        data, built, cell = self.data, self.built, self.data.cells[place]
        key, artifact = cell.record.key, cell.artifact
        assert artifact is not None
        assert cell.outputs is not None
        library = library_name(name or f"{key.variant}_{key.dtype}")
        if not name:
            others = (each for each in data.artifacts if each is not artifact)
            check_unique(library, [f"{each.variant}_{each.dtype}" for each in others])
        spec = load_catalogue()[key.target]
        tflite = _file(built, key, artifact.sha256, data.run.id)
        prefer = preference(str(data.run.provenance.get(PREFER, BALANCED)))
        compiled = compile_model(tflite, library, core=spec.core, prefer=prefer).renamed(library)
        check_interface(compiled)
        samples = built.test_x[Selection.of(self.plan, built).test]
        frames = data.stream.frames
        if len(samples) * frames != len(artifact.reference_outputs):
            raise StoreError(f"the plan gives other test samples than those of run {data.run.id}")
        inputs = fit_inputs(samples, compiled, frames)[cell.samples.index]
        return Shipment(
            name=library,
            title=f"{data.run.plan_name}, {key.variant} {key.dtype}",
            spec=spec,
            tflite=tflite,
            compiled=compiled,
            vectors=Vectors(inputs, cell.outputs, "device", cell.samples.counts, frames),
            figures=figures_of(data, self.frame, place),
            classes=built.class_names if built.task == "classification" else (),
            origin=origin_of(data),
        )


def figures_of(data: RunData, frame: pd.DataFrame, place: int) -> Figures:
    """Return the figures of the cell at `place`, which ended well; `frame` is the run's table."""
    row = frame_row(frame, place)
    facts = data.cells[place].record.facts
    quality = data.metric.of(row)
    return Figures(
        metric=data.metric.noun,
        quality=None if missing(quality) else float(quality),
        samples=len(data.cells[place].samples.index),
        latency=float(row.latency_median),
        unit=facts.latency_unit or "",
        kind=facts.timing_kind or "",
        flash_bytes=facts.flash_bytes,
        compiler=facts.compiler or "",
    )


def origin_of(data: RunData) -> dict[str, object]:
    """Return run, plan and versions for the manifest; paths in the command are left out."""
    run = data.run
    kept = {name: value for name, value in run.provenance.items() if name != "command"}
    return {
        "run": run.id,
        "plan": run.plan_name,
        "plan_digest": run.plan_digest,
        "started": run.started.isoformat(),
        "provenance": kept,
    }


def _place(data: RunData, frame: pd.DataFrame, wish: Wish) -> int:
    """Return the place of the wanted cell in the run."""
    if wish.target not in data.targets():
        raise InputError(
            f"run {data.run.id} did not measure {wish.target}",
            hint=f"it measured {', '.join(data.targets())}",
        )
    if wish.variant is None and wish.dtype is None:
        return _verdict(data, frame, wish.target)
    if wish.variant is None or wish.dtype is None:
        raise InputError("--variant and --dtype name a model together", hint="give both or none")
    key = CellKey(wish.variant, wish.dtype, CODEGEN, wish.target)
    for place, cell in enumerate(data.cells):
        if cell.record.key == key:
            return place
    names = list(dict.fromkeys(cell.record.key.variant for cell in data.cells))
    dtypes = list(dict.fromkeys(cell.record.key.dtype for cell in data.cells))
    raise InputError(
        f"run {data.run.id} has no {wish.variant} {wish.dtype}{nearest(wish.variant, names)}",
        hint=f"variants: {', '.join(names)}; dtypes: {', '.join(dtypes)}",
    )


def _verdict(data: RunData, frame: pd.DataFrame, target: str) -> int:
    rows = frame[frame["target"] == target]
    (found,) = verdicts(data, rows, TOLERANCE)
    if found.choice is None:
        raise InputError(found.headline, where=target, hint="name a model: --variant and --dtype")
    check_engine(data.cells[found.choice])
    return found.choice


def check_engine(cell: CellData) -> None:
    """Raise InputError where a verdict's choice runs on an engine that is not exported."""
    key = cell.record.key
    if key.engine != CODEGEN:
        raise InputError(
            f"the verdict is {key.variant} {key.dtype} on the engine {key.engine}, which is not "
            "exported",
            where=key.target,
            hint="name a model: --variant and --dtype",
        )


def check_measured(cell: CellData) -> None:
    """Raise InputError where the cell has no figures or no outputs."""
    record = cell.record
    if record.status != "ok":
        reason = f": {record.reason}" if record.reason else ""
        raise InputError(
            f"{cell.name} was not measured on {record.key.target}: {record.status}{reason}",
            hint="what was not measured is not exported as measured; "
            "harness export FILE.tflite exports a file without figures",
        )
    if cell.outputs is None or not len(cell.samples.index):
        raise InputError(f"{cell.name} has no outputs: {cell.remark or 'no sample was measured'}")


def plan_of(data: RunData, path: Path | None = None) -> Plan:
    """Return the plan of a run, from its file where one is named. Raises InputError."""
    text = data.run.plan_text
    if not text:
        target = data.targets()[0] if data.targets() else "TARGET"
        raise InputError(
            f"run {data.run.id} measured a model file, which the store does not keep",
            hint=f"harness export FILE.tflite --target {target}",
        )
    if path is not None:
        plan = load_plan(path)
        if path.read_text(encoding=ENCODING) != text:
            raise InputError(f"this is not the plan of run {data.run.id}", where=str(path))
        return plan
    try:
        return parse_plan(tomllib.loads(text), data.run.plan_name)
    except PlanError as error:
        raise InputError(
            f"the plan of run {data.run.id} cannot be used here: {error.problems[0]}",
            hint="name the plan's file, which others are relative to: --plan PLAN",
        ) from error


def _file(built: Built, key: CellKey, sha256: str, run_id: int) -> bytes:
    """Return the variant's file. Raises StoreError where it is not the measured one."""
    variant = next((each for each in built.variants if each.name == key.variant), None)
    if variant is None or key.dtype not in variant.files:
        raise HarnessError(f"the plan of run {run_id} builds no {key.variant} {key.dtype}")
    tflite = variant.files[key.dtype].read_bytes()
    if hashlib.sha256(tflite).hexdigest() != sha256:
        raise StoreError(
            f"{key.variant} {key.dtype} is another file than run {run_id} measured",
            hint="it was trained again, on another computer or with other versions: run the plan "
            "again, then export that run",
        )
    return tflite


def same_outputs(reference: np.ndarray, stored: np.ndarray) -> bool:
    """Return True where a run's reference outputs are these: it measured the same inputs."""
    return reference.shape == stored.shape and np.array_equal(reference, stored, equal_nan=True)
