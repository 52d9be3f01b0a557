"""A project with a model file and a stored run of it: measured, refused and failed by target."""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from harness.export.from_run import Wish, from_run
from harness.export.shipment import Shipment
from harness.plan.plan import parse_plan
from harness.project import Project
from harness.run.artifact import describe
from harness.store import Artifact, CellFacts, CellKey, SampleRow, Stage, Store
from harness.variants.build import build_variants
from harness.workload.workload import Workload, prepare
from tests.export.libraries import DATA

PLAN = """
name = "mine"
[model]
file = "{model}"
[data]
file = "{data}"
[matrix]
dtypes = ["int8"]
targets = ["qemu-m4", "simavr-uno", "host"]
[[variant]]
name = "original"
method = "none"
"""
TARGET = "qemu-m4"
REFUSED = "simavr-uno"
FAILED = "host"


@dataclass(frozen=True)
class Made:
    project: Project
    store: Store
    run_id: int
    artifact: Artifact

    def export(self, **wish: object) -> Shipment:
        return from_run(
            self.store,
            self.run_id,
            Wish(**{"target": TARGET, **wish}),
            self.project,
            lambda _: None,
        )


@dataclass(frozen=True)
class Base:
    """A project with a model file, samples and a plan of both, built once."""

    project: Project
    plan_text: str
    labels: np.ndarray
    workload: Workload


def make_base(folder: Path) -> Base:
    """Build the project in an empty folder."""
    shutil.copy2(DATA / "digits_int8.tflite", folder / "digits.tflite")
    shutil.copy2(DATA / "digits_test.npz", folder / "digits.npz")
    text = PLAN.format(model=folder / "digits.tflite", data=folder / "digits.npz")
    project = replace(Project.here(folder), root=folder)
    plan = parse_plan(tomllib.loads(text), "mine")
    built = build_variants(plan, cache_dir=project.cache, on_progress=lambda _: None)
    tflite = (folder / "digits.tflite").read_bytes()
    workload = prepare(
        variant="original",
        dtype="int8",
        tflite=tflite,
        samples=built.test_x,
        cache_dir=project.cache,
    )
    return Base(project, text, built.test_y, workload)


def make(folder: Path, base: Base, **artifact: object) -> Made:
    """A run of the plan: measured, refused and failed by target."""
    workload = base.workload
    store = Store(folder / "results.sqlite")
    run_id = store.begin_run(
        plan_name="mine",
        plan_text=base.plan_text,
        plan_digest="d",
        provenance={"commit": "abc", "command": "harness run secret/path.toml"},
        labels=base.labels,
        classes=10,
    )
    described = describe(
        workload, method="none", sparsity_target=None, sparsity=0.0, parameters=1,
        nonzero_parameters=1, keras_score=None, keras_predictions=None,
    )  # fmt: skip
    stored = replace(described, **artifact)
    store.put_artifact(run_id, stored)
    facts = CellFacts(timing_kind="instructions", latency_unit="instructions", compiler="GCC")
    for target in (TARGET, REFUSED, FAILED):
        key = CellKey("original", "int8", "codegen", target)
        cell = store.put_cell(run_id, key, build_id="b", facts=facts)
        if target == TARGET:
            outputs = workload.reference
            rows = [
                SampleRow(i, i + 2, 100.0 + i, outputs[i].tobytes()) for i in range(len(outputs))
            ]
            store.add_samples(cell, rows)
            store.finish_cell(cell)
        else:
            stage = Stage.FIT if target == REFUSED else Stage.MEASURE
            store.fail_cell(cell, stage, "for a reason")
    return Made(base.project, store, run_id, stored)
