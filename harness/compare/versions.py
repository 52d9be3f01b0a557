"""Two versions of a runtime library on the same models, samples and targets, and their gate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.compare import gate
from harness.compare.figures import of_run
from harness.compare.gate import Comparison
from harness.compare.layers import CellPair, cell_pairs
from harness.errors import InputError
from harness.firmware.engine_source import (
    HINT,
    engine_folder,
    engine_of_folder,
    engine_of_revision,
)
from harness.firmware.library import Library
from harness.plan.limits import Limits
from harness.project import Project
from harness.results.data import load_run
from harness.results.engines import CODEGEN, TFLM
from harness.run import Event
from harness.run.inputs import InputSource
from harness.run.model_run import workload_of
from harness.run.plan_run import cell_keys, measure_all
from harness.run.provenance import provenance
from harness.run.settings import RunSettings, tflm_engine
from harness.run.unplanned import begin_unplanned, put_model_file
from harness.store import Store
from harness.tflm.engine import TflmEngine
from harness.tflm.library import has_tflm

NAME = "compare-library"  # of both runs: the gate compares runs of one name


@dataclass(frozen=True)
class Version:
    """One version of a runtime library: TensorFlow Lite Micro's, or the engine of codegen."""

    title: str
    engine: str  # codegen or tflm
    tflm: TflmEngine | None = None
    own: Library | None = None

    @property
    def settings(self) -> RunSettings:
        """Settings of a run with this version, its layers measured."""
        return RunSettings(engines=(self.engine,), tflm=self.tflm, engine=self.own, layers=True)


def version_of(given: str, project: Project, targets: Sequence[str]) -> Version:
    """Return the version that a folder or a git revision names.

    Raises InputError where there is none, or its library serves no target.
    """
    folder = Path(given)
    if not folder.is_dir():
        own = engine_of_revision(given, project)
        return Version(f"engine {given}", CODEGEN, own=own)
    found = engine_folder(folder)
    if found is not None:
        return Version(f"engine {given}", CODEGEN, own=engine_of_folder(found, project))
    if not has_tflm(folder):
        raise InputError("this folder holds no runtime library", where=given, hint=HINT)
    tflm = tflm_engine(project, (TFLM,), targets, folder)
    if tflm is None or tflm.local is None:
        raise AssertionError("the engine was asked for with a folder")
    return Version(str(tflm.local), TFLM, tflm=tflm)


def two_versions(
    given: Sequence[str], project: Project, targets: Sequence[str]
) -> tuple[Version, Version]:
    """Return the versions OLD and NEW of one library. Raises InputError."""
    if len(given) != 2:
        raise InputError(
            f"--library was given {len(given)} times", hint="OLD and NEW, in that order"
        )
    old, new = (version_of(each, project, targets) for each in given)
    if old.engine != new.engine:
        raise InputError(
            f"{given[0]} is a library of {old.engine}, {given[1]} of {new.engine}",
            hint="two versions of one library; harness bench compares engines",
        )
    return old, new


def measure_version(
    version: Version,
    models: Sequence[Path],
    targets: Sequence[str],
    project: Project,
    store: Store,
    source: InputSource,
    on_event: Callable[[Event], None],
) -> int:
    """Measure all models with one version; return the run's id in the store.

    Raises InputError where a file cannot be read, or codegen refuses it.
    """
    settings = version.settings
    workloads = [workload_of(model, project, source, settings)[0] for model in models]
    origin = provenance(project, targets, version.tflm)
    with store.transaction():
        run_id = begin_unplanned(
            store, NAME, origin | {"library": version.title, "data": source.name}
        )
        for workload in workloads:
            put_model_file(store, run_id, workload)
        for key in cell_keys(workloads, targets, settings.engines):
            store.put_cell(run_id, key)
    measure_all(workloads, targets, project, store, run_id, settings, on_event)
    return run_id


def compare_versions(
    store: Store, before: tuple[int, Version], now: tuple[int, Version]
) -> tuple[Comparison, list[CellPair]]:
    """Judge two runs of `measure_version`, each with its number; return their layers, too.

    Raises InputError where no cell was measured by both.
    """
    limits = Limits()
    old, new = (
        of_run(store, run).model_copy(update={"commit": version.title})
        for run, version in (before, now)
    )
    pairs = cell_pairs(load_run(store, before[0]), load_run(store, now[0]))
    found = gate.compare(old, new, limits)
    more = [finding for pair in pairs for finding in pair.findings(found.findings, limits)]
    return replace(found, findings=(*found.findings, *more)), pairs
