from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from harness.errors import ConversionFailed, DamagedModel, ReferenceFailed, StoreError
from harness.plan.plan import Plan, parse_plan
from harness.project import Project
from harness.run.plan_run import _workloads, empty_variants
from harness.run.resumed import check_same
from harness.run.stages import stage_of
from harness.store import CellKey, Stage, Store
from harness.training.converted import read_model_file, write_model
from harness.workload import reference
from tests.report.synthetic import Made

DATA = Path(__file__).parents[1] / "data"


def test_a_damaged_file_fails_its_cells_and_others_go_on(tmp_path: Path) -> None:
    plan = digits_plan()
    odd = tmp_path / "odd.tflite"
    odd.write_bytes(variant_cut_short())
    variant = SimpleNamespace(
        name="original", files={"int8": DATA / "digits_int8.tflite", "int16x8": odd}
    )
    with np.load(DATA / "digits_test.npz") as file:
        samples = file["x"][:3]
    built = SimpleNamespace(variants=(variant,))
    workloads, unusable = _workloads(plan, built, Project(tmp_path, tmp_path), samples)
    assert [(each.variant, each.dtype, len(each.inputs)) for each in workloads] == [
        ("original", "int8", 3)
    ]
    assert list(unusable) == [
        CellKey("original", "int16x8", "codegen", target) for target in ("host", "qemu-m4")
    ]
    (error,) = set(unusable.values())
    assert isinstance(error, DamagedModel)
    assert stage_of(error).status == "failed"


def test_a_dtype_that_cannot_be_converted_fails_its_own_cells(tmp_path: Path) -> None:
    odd = tmp_path / "model.tflite"

    def convert() -> bytes:
        raise ConversionFailed("TensorFlow Lite cannot convert the model: no such op", where="m")

    error = write_model(odd, convert)
    assert error is not None
    assert not odd.exists()
    with pytest.raises(ConversionFailed, match="m: TensorFlow Lite cannot convert the model: no"):
        read_model_file(odd)
    files = {"int8": DATA / "digits_int8.tflite", "int16x8": odd}
    built = SimpleNamespace(variants=(SimpleNamespace(name="original", files=files),))
    with np.load(DATA / "digits_test.npz") as file:
        samples = file["x"][:3]
    workloads, unusable = _workloads(digits_plan(), built, Project(tmp_path, tmp_path), samples)
    assert [each.dtype for each in workloads] == ["int8"]
    assert {key.dtype for key in unusable} == {"int16x8"}
    assert {stage_of(each) for each in unusable.values()} == {Stage.PREPARE}


def test_a_reference_that_cannot_be_imported_fails_all_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "oracle.py"
    broken.write_text("from ai_edge_litert.interpreter import Missing\n")
    monkeypatch.setattr(reference, "_ORACLE", broken)
    files = dict.fromkeys(("int8", "int16x8"), DATA / "digits_int8.tflite")
    built = SimpleNamespace(variants=(SimpleNamespace(name="original", files=files),))
    samples = np.zeros((2, 8, 8, 1), np.float32)
    workloads, unusable = _workloads(digits_plan(), built, Project(tmp_path, tmp_path), samples)
    assert (workloads, len(unusable)) == ([], 4)
    for error in unusable.values():
        assert isinstance(error, ReferenceFailed)
        assert "cannot be imported: ImportError" in error.what
        assert stage_of(error) is Stage.PREPARE


def test_variants_without_a_measured_cell_are_named(tmp_path: Path) -> None:
    with Store(tmp_path / "results.sqlite") as store:
        run = store.begin_run(
            plan_name="p",
            plan_text="",
            plan_digest="d",
            provenance={},
            labels=np.empty(0, np.int64),
            classes=0,
        )
        for variant, target, stage in (
            ("a", "host", None),
            ("a", "qemu-m4", Stage.FIT),
            ("b", "host", Stage.MODEL),
            ("b", "qemu-m4", Stage.FIT),
        ):
            cell = store.put_cell(run, CellKey(variant, "int8", "codegen", target))
            if stage is None:
                store.finish_cell(cell)
            else:
                store.fail_cell(cell, stage, "reason")
        assert empty_variants(store, run) == ["b"]


def digits_plan() -> Plan:
    return parse_plan(
        {
            "name": "p",
            "model": {"entry": "models.digits_cnn"},
            "variant": [{"name": "original", "method": "none"}],
            "matrix": {"dtypes": ["int8", "int16x8"], "targets": ["host", "qemu-m4"]},
        },
        "plan",
    )


def variant_cut_short() -> bytes:
    return (DATA / "digits_int8.tflite").read_bytes()[:200]


def test_a_refused_model_is_a_refused_cell(tmp_path: Path) -> None:
    with Store(tmp_path / "results.sqlite") as store:
        run = store.begin_run(
            plan_name="p",
            plan_text="",
            plan_digest="d",
            provenance={},
            labels=np.empty(0, np.int64),
            classes=0,
        )
        cell = store.put_cell(run, CellKey("v", "dynamic", "codegen", "host"))
        store.fail_cell(cell, Stage.MODEL, "the engine cannot run it")
        (found,) = store.cells(run)
    assert (found.status, found.stage, found.reason) == (
        "refused",
        "model",
        "the engine cannot run it",
    )


def test_a_run_is_resumed_on_its_own_files_and_samples_only(made: Made) -> None:
    artifacts = made.store.artifacts(made.run_id)
    check_same(made.store, made.run_id, artifacts, made.labels)
    with pytest.raises(StoreError, match="begun on other test samples"):
        check_same(made.store, made.run_id, artifacts, made.labels[::-1])
    other = [replace(item, reference_outputs=item.reference_outputs[::-1]) for item in artifacts]
    with pytest.raises(StoreError, match="begun on other test samples"):
        check_same(made.store, made.run_id, other, made.labels)
    anew = [replace(item, sha256="0" * 64) for item in artifacts]
    with pytest.raises(StoreError, match="trained again since"):
        check_same(made.store, made.run_id, anew, made.labels)
