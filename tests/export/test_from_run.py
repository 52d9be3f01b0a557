"""What is exported of a run: the verdict's choice or a named cell, never what was not measured."""

from __future__ import annotations

import hashlib
import shutil
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from harness.errors import InputError, StoreError
from harness.export.from_file import from_file
from harness.export.from_run import Wish, from_run
from harness.export.shipment import Shipment
from harness.plan.plan import parse_plan
from harness.project import Project
from harness.run.artifact import describe
from harness.run.inputs import InputSource
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


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    folder = tmp_path_factory.mktemp("project")
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


@pytest.fixture
def made(tmp_path: Path, base: Base) -> Made:
    return make(tmp_path, base)


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


def test_the_verdict_is_exported_with_what_the_device_said(made: Made) -> None:
    found = made.export()
    assert (found.name, found.title) == ("original_int8", "mine, original int8")
    assert hashlib.sha256(found.tflite).hexdigest() == made.artifact.sha256
    assert found.compiled.core.name == "cortex-m4f"
    assert found.vectors.source == "device"
    assert np.array_equal(found.vectors.outputs, made.artifact.reference_outputs)
    assert found.vectors.counts is not None
    assert found.vectors.counts.tolist() == [
        100.0 + i for i in range(len(made.artifact.reference_outputs))
    ]
    assert found.figures is not None
    assert (found.figures.latency, found.figures.samples) == (135.5, 72)
    labels = made.store.run(made.run_id).labels
    said = made.artifact.reference_outputs.argmax(axis=-1)
    assert found.figures.quality == pytest.approx((said == labels).mean())
    assert found.origin["provenance"] == {"commit": "abc"}


@pytest.mark.parametrize(("target", "status"), [(REFUSED, "refused"), (FAILED, "failed")])
def test_a_cell_without_figures_is_not_exported(made: Made, target: str, status: str) -> None:
    with pytest.raises(InputError, match=f"was not measured on {target}: {status}: for a reason"):
        made.export(target=target, variant="original", dtype="int8")
    with pytest.raises(InputError, match="No verdict"):
        made.export(target=target)


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"target": "qemu-m7"}, "did not measure qemu-m7"),
        ({"target": "qemu-m44"}, "no target 'qemu-m44'"),
        ({"variant": "orignal", "dtype": "int8"}, "did you mean 'original'"),
        ({"variant": "original", "dtype": "int16x8"}, "no original int16x8"),
        ({"variant": "original"}, "name a model together"),
        ({"name": "string"}, "cannot be called 'string'"),
        ({"plan": DATA / "none.toml"}, "cannot read the plan"),
    ],
)
def test_what_cannot_be_found_is_named(made: Made, wish: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        made.export(**wish)
    assert message in str(caught.value)


def test_names_become_identifiers(made: Made) -> None:
    assert made.export(name="3 Digits, fast!").name == "m_3_digits_fast"


def test_a_test_split_that_left_the_cache_is_made_again(made: Made) -> None:
    first = made.export()
    shutil.rmtree(made.project.cache)
    again = made.export()
    assert np.array_equal(again.vectors.inputs, first.vectors.inputs)


def test_another_file_under_the_same_plan_is_refused(tmp_path: Path, base: Base) -> None:
    other = make(tmp_path, base, sha256="0" * 64)
    with pytest.raises(StoreError, match="another file than run 1 measured"):
        other.export()


def test_a_model_file_that_is_gone_is_named(tmp_path: Path, base: Base) -> None:
    gone = replace(base, plan_text=base.plan_text.replace("digits.tflite", "gone.tflite"))
    made = make(tmp_path, gone)
    with pytest.raises(InputError, match="the plan of run 1 cannot be used here"):
        made.export()


def test_a_file_gets_the_figures_of_the_run_that_measured_it(made: Made) -> None:
    folder = made.project.root
    source = InputSource(folder / "digits.npz")

    def export(target: str, data: InputSource) -> Shipment:
        return from_file(folder / "digits.tflite", target, data, made.project, made.store)

    unknown = export("qemu-m7", source)
    assert (unknown.figures, unknown.vectors.source) == (None, "reference")
    other = export(TARGET, InputSource())
    assert (other.vectors.source, other.vectors.counts) == ("reference", None)
    assert other.figures is not None
    assert other.figures.latency == 135.5
